package dev.dhmq.examples;

import dev.dhmq.InvalidInputException;
import dev.dhmq.detect.DetectedObject;
import dev.dhmq.detect.DetectionsJson;
import dev.dhmq.detect.Detector;
import dev.dhmq.detect.DetectorSettings;
import dev.dhmq.files.NewFile;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.stream.Stream;

/**
 * Watches a folder and writes beside each photograph in it what a detector finds: {@code cell.jpg} gets a {@code
 * cell.jpg.json}. A photograph that cannot be read gets a {@code cell.jpg.error} with the reason. Programs should put files
 * there in one step, by renaming them.
 */
public final class FolderService {
    private static final Duration PAUSE = Duration.ofMillis(500);

    private final Detector detector;
    private final Path folder;

    /** A service on this folder; whoever opened the detector closes it. */
    public FolderService(Detector detector, Path folder) {
        this.detector = detector;
        this.folder = folder;
    }

    /** Arguments: the detector's folder, and the one to watch. Ends when it is interrupted or killed. */
    public static void main(String[] arguments) throws IOException, InterruptedException {
        DetectorSettings settings = DetectorSettings.DEFAULT.withMinimumScore(0.3);
        try (Detector detector = Detector.open(Path.of(arguments[0]), settings)) {
            detector.warmUp();
            FolderService service = new FolderService(detector, Path.of(arguments[1]));
            while (true) {
                service.run();
                Thread.sleep(PAUSE);
            }
        }
    }

    /** Looks once through the folder, and returns how many photographs were new. */
    public int run() throws IOException {
        List<Path> waiting;
        try (Stream<Path> files = Files.list(folder)) {
            waiting = files.filter(FolderService::isWaiting).sorted().toList();
        }
        for (Path photograph : waiting) {
            answer(photograph);
        }
        return waiting.size();
    }

    private void answer(Path photograph) {
        try {
            List<DetectedObject> objects = detector.detect(photograph);
            write(beside(photograph, ".json"), DetectionsJson.text(objects));
        } catch (InvalidInputException e) { // one bad photograph must not stop the service
            write(beside(photograph, ".error"), String.valueOf(e.getMessage()));
        }
    }

    private static void write(Path file, String text) {
        NewFile.write(file, out -> out.write((text + "\n").getBytes(StandardCharsets.UTF_8)));
    }

    private static boolean isWaiting(Path file) {
        String name = file.getFileName().toString();
        return (name.endsWith(".jpg") || name.endsWith(".png"))
                && !Files.exists(beside(file, ".json"))
                && !Files.exists(beside(file, ".error"));
    }

    private static Path beside(Path photograph, String suffix) {
        return photograph.resolveSibling(photograph.getFileName() + suffix);
    }
}
