package dev.dhmq;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.dhmq.detect.OnnxFiles;
import dev.dhmq.detect.SureDetector;
import java.io.File;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.jar.JarFile;
import java.util.stream.Collectors;
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
    private Path exported = Path.of("");

    @BeforeAll
    void make(@TempDir Path temporary) {
        assumeTrue(System.getProperty("dhmq.jars") != null, "Skipped: the library is packaged after this phase.");
        folder = temporary;
        model = SureDetector.save("retinanet", folder.resolve("model"));
        exported = OnnxFiles.export(model, folder.resolve("model.onnx"));
    }

    private static Path jar(String classifier) {
        return JARS.resolve("dhmq-" + System.getProperty("dhmq.version", "") + classifier + ".jar");
    }

    /** What a user's build finds by itself: the library's jar and all that it depends on, without what is optional. */
    private static String path() throws IOException {
        return Stream.of(withRuntime().split(File.pathSeparator))
                .filter(jar -> !Path.of(jar).getFileName().toString().startsWith("onnxruntime"))
                .collect(Collectors.joining(File.pathSeparator));
    }

    /** With ONNX Runtime, which a user may add. */
    private static String withRuntime() throws IOException {
        return jar("")
                + File.pathSeparator
                + Files.readString(JARS.resolve("classpath.txt")).strip();
    }

    @Test
    void aModuleThatRequiresItRuns() throws IOException, InterruptedException {
        Path classes = compiledModule();
        String said = runModule(classes, path(), "", "Consumer", model, folder.resolve("a"));
        assertThat(said).containsPattern("module consumer found [1-9][0-9]* objects");
        // Neither a missing permission nor a logging framework has anything to say.
        assertThat(said).doesNotContain("WARNING", "SLF4J");
        assertThat(runModule(classes, withRuntime(), ",com.microsoft.onnxruntime", "Counter", exported))
                .containsPattern("module consumer counted [1-9][0-9]* objects")
                .doesNotContain("WARNING", "SLF4J");
    }

    @Test
    void aProgramOnTheClassPathRuns() throws IOException, InterruptedException {
        Path classes = compiledProgram();
        String said = runProgram(classes, path(), "Consumer", model, folder.resolve("b"));
        assertThat(said).containsPattern("unnamed module @[0-9a-f]+ found [1-9][0-9]* objects");
        assertThat(said).doesNotContain("WARNING", "SLF4J");
        assertThat(runProgram(classes, withRuntime(), "Counter", exported))
                .containsPattern("unnamed module @[0-9a-f]+ counted [1-9][0-9]* objects")
                .doesNotContain("WARNING", "SLF4J");
    }

    @Test
    void withoutOnnxRuntimeAnExportedFileSaysWhatToAdd() throws IOException, InterruptedException {
        String said = failed(program(compiledProgram(), path(), "Counter", exported));
        assertThat(said)
                .contains("InvalidInputException: " + exported + " needs ONNX Runtime, which is not there; add"
                        + " com.microsoft.onnxruntime:onnxruntime, 1.24 or newer, to the program's dependencies");
    }

    private Path compiledModule() throws IOException, InterruptedException {
        Path classes = folder.resolve("module");
        List<String> command = new ArrayList<>(
                List.of("javac", "-Xlint:all,-path", "-Werror", "-d", classes.toString(), "--module-path", path()));
        command.add(CONSUMER.resolve("module-info.java").toString());
        command.addAll(sources());
        run(command);
        return classes;
    }

    private Path compiledProgram() throws IOException, InterruptedException {
        Path classes = folder.resolve("classes");
        List<String> command = new ArrayList<>(
                List.of("javac", "-Xlint:all,-path", "-Werror", "-d", classes.toString(), "-cp", path()));
        command.addAll(sources());
        run(command);
        return classes;
    }

    private static List<String> sources() {
        return Stream.of("Consumer", "Counter")
                .map(name -> CONSUMER.resolve("consumer/" + name + ".java").toString())
                .toList();
    }

    private static String runModule(Path classes, String path, String moreAccess, String name, Path... arguments)
            throws IOException, InterruptedException {
        List<String> command = new ArrayList<>(List.of(
                "java",
                ACCESS + "dev.dhmq,dev.dhmq.bindings,org.bytedeco.javacpp,org.bytedeco.pytorch" + moreAccess,
                "--sun-misc-unsafe-memory-access=allow",
                "--module-path",
                classes + File.pathSeparator + path,
                "--module",
                "consumer/consumer." + name));
        Stream.of(arguments).map(Path::toString).forEach(command::add);
        return run(command);
    }

    private static String runProgram(Path classes, String path, String name, Path... arguments)
            throws IOException, InterruptedException {
        return run(program(classes, path, name, arguments));
    }

    private static List<String> program(Path classes, String path, String name, Path... arguments) {
        List<String> command = new ArrayList<>(List.of(
                "java",
                ACCESS + "ALL-UNNAMED",
                "--sun-misc-unsafe-memory-access=allow",
                "-cp",
                classes + File.pathSeparator + path,
                "consumer." + name));
        Stream.of(arguments).map(Path::toString).forEach(command::add);
        return command;
    }

    private static String run(List<String> command) throws IOException, InterruptedException {
        Process process = start(command);
        String said = said(process);
        assertThat(process.waitFor()).as(said).isZero();
        return said;
    }

    private static String failed(List<String> command) throws IOException, InterruptedException {
        Process process = start(command);
        String said = said(process);
        assertThat(process.waitFor()).as(said).isEqualTo(1);
        return said;
    }

    private static Process start(List<String> command) throws IOException {
        List<String> whole = new ArrayList<>(command);
        whole.set(
                0,
                Path.of(System.getProperty("java.home", ""), "bin", command.getFirst())
                        .toString());
        ProcessBuilder builder = new ProcessBuilder(whole).redirectErrorStream(true);
        builder.environment().put("OMP_WAIT_POLICY", "passive");
        return builder.start();
    }

    private static String said(Process process) throws IOException {
        return new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
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
