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
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * The library as Maven finds it: a project of somebody else's names it as a dependency, is built by Maven and run. What {@code mvn
 * install} installs goes into a local repository of the test's own, which has links to all else in the user's.
 */
class InstalledLibraryIT {
    private static final Path ROOT = Path.of(System.getProperty("dhmq.root", ".."));
    private static final String GROUP = "dhmq";

    /** The modules a user's build resolves, and where each is packaged. */
    private static final Map<String, String> JARS =
            Map.of("native", "dhmq-native", "bindings", "dhmq-bindings", "src", "dhmq");

    @TempDir
    Path folder;

    @BeforeEach
    void requirePackaged() {
        assumeTrue(System.getProperty("dhmq.jars") != null, "Skipped: the library is packaged after this phase.");
    }

    private static String build(String name) {
        return System.getProperty(name, "");
    }

    @Test
    void aMavenProjectThatDependsOnItIsBuiltAndRuns() throws IOException, InterruptedException {
        Path repository = folder.resolve("repository");
        linkAllButOurs(Path.of(build("dhmq.repository")), repository);
        install(repository, ROOT.resolve("pom.xml"), ROOT.resolve("pom.xml"), "-Dpackaging=pom");
        for (Map.Entry<String, String> module : JARS.entrySet()) {
            Path project = ROOT.resolve(module.getKey());
            String jar = module.getValue() + "-" + build("dhmq.version") + ".jar";
            install(
                    repository,
                    project.resolve("pom.xml"),
                    project.resolve("target").resolve(jar));
        }

        Path consumer = folder.resolve("consumer");
        copy(ROOT.resolve("src/test/consumer"), consumer);
        Path classPath = folder.resolve("classpath.txt");
        maven(
                repository,
                "-f",
                consumer.resolve("pom.xml").toString(),
                "compile",
                "dependency:build-classpath",
                "-Dmdep.outputFile=" + classPath,
                "-Ddhmq.version=" + build("dhmq.version"),
                "-Dresources-plugin.version=" + build("dhmq.resources-plugin"),
                "-Dcompiler-plugin.version=" + build("dhmq.compiler-plugin"),
                "-Ddependency-plugin.version=" + build("dhmq.dependency-plugin"));

        Path model = SureDetector.save("retinanet", folder.resolve("model"));
        String said = run(List.of(
                Path.of(build("java.home"), "bin/java").toString(),
                "--enable-native-access=ALL-UNNAMED",
                "--sun-misc-unsafe-memory-access=allow",
                "-cp",
                consumer.resolve("target/classes")
                        + File.pathSeparator
                        + Files.readString(classPath).strip(),
                "consumer.Consumer",
                model.toString(),
                folder.resolve("quantized").toString()));
        assertThat(said).containsPattern("found [1-9][0-9]* objects").doesNotContain("WARNING", "SLF4J");
    }

    private void install(Path repository, Path pom, Path file, String... more)
            throws IOException, InterruptedException {
        assertThat(file).as("what this build has packaged").exists();
        List<String> arguments = new ArrayList<>(List.of(
                "org.apache.maven.plugins:maven-install-plugin:" + build("dhmq.install-plugin") + ":install-file",
                "-DpomFile=" + pom,
                "-Dfile=" + file));
        arguments.addAll(List.of(more));
        maven(repository, arguments.toArray(String[]::new));
    }

    private void maven(Path repository, String... arguments) throws IOException, InterruptedException {
        List<String> command = new ArrayList<>(
                List.of(build("dhmq.maven") + "/bin/mvn", "-B", "-q", "-Dmaven.repo.local=" + repository));
        command.addAll(List.of(arguments));
        run(command);
    }

    private String run(List<String> command) throws IOException, InterruptedException {
        // In a folder that belongs to no project.
        ProcessBuilder builder =
                new ProcessBuilder(command).directory(folder.toFile()).redirectErrorStream(true);
        builder.environment().put("JAVA_HOME", build("java.home"));
        builder.environment().put("OMP_WAIT_POLICY", "passive");
        Process process = builder.start();
        String said = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        assertThat(process.waitFor())
                .as(String.join(" ", command) + "\n" + said)
                .isZero();
        return said;
    }

    /** Whatever the user's repository has of this library stays out of the test. */
    private static void linkAllButOurs(Path users, Path repository) throws IOException {
        link(users, repository, "dev");
        link(users.resolve("dev"), repository.resolve("dev"), GROUP);
    }

    private static void link(Path from, Path to, String but) throws IOException {
        Files.createDirectories(to);
        if (!Files.isDirectory(from)) {
            return;
        }
        try (Stream<Path> children = Files.list(from)) {
            for (Path child : children.toList()) {
                Path name = child.getFileName();
                if (!name.toString().equals(but)) {
                    Files.createSymbolicLink(to.resolve(name), child.toAbsolutePath());
                }
            }
        }
    }

    private static void copy(Path from, Path to) throws IOException {
        try (Stream<Path> all = Files.walk(from)) {
            for (Path path : all.toList()) {
                Files.copy(path, to.resolve(from.relativize(path).toString()));
            }
        }
    }
}
