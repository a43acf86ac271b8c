package dev.dhmq;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.dhmq.detect.SureDetector;
import java.io.File;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.jar.JarFile;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.io.TempDir;

/**
 * The jars that a user's build would find: a program is compiled against them and run, on the module path and on the class path.
 * Runs after packaging.
 */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class PackagedLibraryIT {
    private static final Path CONSUMER = Path.of(System.getProperty("dhmq.root", ".."), "src/test/consumer");
    private static final Path JARS = Path.of(System.getProperty("dhmq.jars", "target"));
    private static final String ACCESS = "--enable-native-access=";

    private Path folder = Path.of("");
    private Path model = Path.of("");

    @BeforeAll
    void make(@TempDir Path temporary) {
        assumeTrue(System.getProperty("dhmq.jars") != null, "Skipped: the library is packaged after this phase.");
        folder = temporary;
        model = SureDetector.save("retinanet", folder.resolve("model"));
    }

    private static Path jar(String classifier) {
        return JARS.resolve("dhmq-" + System.getProperty("dhmq.version", "") + classifier + ".jar");
    }

    /** The library's jar and all that it depends on. */
    private static String path() throws IOException {
        return jar("")
                + File.pathSeparator
                + Files.readString(JARS.resolve("classpath.txt")).strip();
    }

    @Test
    void aModuleThatRequiresItRuns() throws IOException, InterruptedException {
        Path classes = folder.resolve("module");
        run(
                "javac",
                "-Xlint:all,-path",
                "-Werror",
                "-d",
                classes.toString(),
                "--module-path",
                path(),
                CONSUMER.resolve("module-info.java").toString(),
                source());
        String said = run(
                "java",
                ACCESS + "dev.dhmq,dev.dhmq.bindings,org.bytedeco.javacpp,org.bytedeco.pytorch",
                "--sun-misc-unsafe-memory-access=allow",
                "--module-path",
                classes + File.pathSeparator + path(),
                "--module",
                "consumer/consumer.Consumer",
                model.toString(),
                folder.resolve("a").toString());
        assertThat(said).containsPattern("module consumer found [1-9][0-9]* objects");
        // Neither a missing permission nor a logging framework has anything to say.
        assertThat(said).doesNotContain("WARNING", "SLF4J");
    }

    @Test
    void aProgramOnTheClassPathRuns() throws IOException, InterruptedException {
        Path classes = folder.resolve("classes");
        run("javac", "-Xlint:all,-path", "-Werror", "-d", classes.toString(), "-cp", path(), source());
        String said = run(
                "java",
                ACCESS + "ALL-UNNAMED",
                "--sun-misc-unsafe-memory-access=allow",
                "-cp",
                classes + File.pathSeparator + path(),
                "consumer.Consumer",
                model.toString(),
                folder.resolve("b").toString());
        assertThat(said).containsPattern("unnamed module @[0-9a-f]+ found [1-9][0-9]* objects");
        assertThat(said).doesNotContain("WARNING", "SLF4J");
    }

    private static String source() {
        return CONSUMER.resolve("consumer/Consumer.java").toString();
    }

    private static String run(String tool, String... arguments) throws IOException, InterruptedException {
        List<String> command = new ArrayList<>(List.of(
                Path.of(System.getProperty("java.home", ""), "bin", tool).toString()));
        command.addAll(List.of(arguments));
        ProcessBuilder builder = new ProcessBuilder(command).redirectErrorStream(true);
        Map<String, String> environment = builder.environment();
        environment.put("OMP_WAIT_POLICY", "passive");
        Process process = builder.start();
        String said = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        assertThat(process.waitFor()).as(said).isZero();
        return said;
    }

    @Test
    void sourcesDocumentationAndKernelsAreInTheJars() throws IOException {
        assertThat(entries(jar("-sources"))).contains("dev/dhmq/detect/Detector.java", "module-info.java");
        assertThat(entries(jar("-javadoc"))).contains("dev.dhmq/dev/dhmq/detect/Detector.html", "index.html");
        assertThat(entries(jar(""))).contains("module-info.class", "dev/dhmq/cli/demo/model.json");
        Path kernels = Stream.of(path().split(File.pathSeparator))
                .map(Path::of)
                .filter(jar -> jar.getFileName().toString().startsWith("dhmq-native"))
                .findFirst()
                .orElseThrow();
        assertThat(entries(kernels)).contains("natives/linux-x86_64/libdhmq_cpu.so", "module-info.class");
    }

    /** What the documentation shows is what the tests have run. */
    @Test
    void theDocumentationShowsTheExamples() throws IOException {
        try (JarFile jar = new JarFile(jar("-javadoc").toFile())) {
            String page = new String(
                    jar.getInputStream(jar.getJarEntry("dev.dhmq/dev/dhmq/detect/Detector.html"))
                            .readAllBytes(),
                    StandardCharsets.UTF_8);
            assertThat(page).contains("Detector detector = Detector.open(folder)");
        }
    }

    private static List<String> entries(Path jar) throws IOException {
        try (JarFile file = new JarFile(jar.toFile())) {
            return file.stream().map(entry -> entry.getName()).toList();
        }
    }
}
