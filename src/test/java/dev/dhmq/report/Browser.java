package dev.dhmq.report;

import java.awt.image.BufferedImage;
import java.io.File;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import javax.imageio.ImageIO;

/** A real browser without a window: what it paints of a page, and what the page's console says meanwhile. */
final class Browser {
    private static final List<String> NAMES = List.of("chromium", "chromium-browser", "google-chrome", "chrome");
    private static final int MOST_SECONDS = 120;

    private final Path program;
    private final Path folder;

    private Browser(Path program, Path folder) {
        this.program = program;
        this.folder = folder;
    }

    /**
     * The browser on the PATH, where there is one.
     *
     * @param folder for its profile, its words and its pictures
     */
    static Optional<Browser> find(Path folder) {
        return Stream.of(System.getenv().getOrDefault("PATH", "").split(File.pathSeparator))
                .filter(entry -> !entry.isEmpty())
                .flatMap(entry -> NAMES.stream().map(name -> Path.of(entry, name)))
                .filter(Files::isExecutable)
                .findFirst()
                .map(found -> new Browser(found, folder));
    }

    /** What came of a page. */
    record Painted(BufferedImage picture, List<String> console) {}

    /** Opens a page in a window of this size. */
    Painted paint(Path page, int width, int height, boolean dark) throws IOException, InterruptedException {
        Path picture = folder.resolve("picture.png");
        Path words = folder.resolve("words.txt");
        List<String> command = new ArrayList<>(List.of(
                program.toString(),
                "--headless",
                "--no-sandbox",
                "--disable-gpu",
                "--disable-quic",
                "--disable-dev-shm-usage",
                "--no-first-run",
                "--disable-background-networking",
                "--disable-component-update",
                "--disable-sync",
                "--hide-scrollbars",
                "--enable-logging=stderr",
                "--user-data-dir=" + folder.resolve("profile"),
                "--screenshot=" + picture,
                "--window-size=" + width + "," + height));
        if (dark) {
            command.addAll(List.of("--force-dark-mode", "--blink-settings=preferredColorScheme=0"));
        }
        command.add(page.toUri().toString());
        Files.deleteIfExists(picture);
        Process process = new ProcessBuilder(command)
                .redirectErrorStream(true)
                .redirectOutput(words.toFile())
                .start();
        if (!process.waitFor(MOST_SECONDS, TimeUnit.SECONDS)) {
            process.destroyForcibly().waitFor();
            throw new AssertionError(
                    program + " did not end within " + MOST_SECONDS + " s: " + Files.readString(words));
        }
        if (!Files.exists(picture)) {
            throw new AssertionError(program + " made no picture: " + Files.readString(words));
        }
        List<String> console = Files.readAllLines(words).stream()
                .filter(line -> line.contains("CONSOLE"))
                .toList();
        return new Painted(ImageIO.read(picture.toFile()), console);
    }
}
