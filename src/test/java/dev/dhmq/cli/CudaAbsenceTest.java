package dev.dhmq.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * What {@code dhmq doctor} says of CUDA in a process of its own, without the emulation that the other tests have: libraries
 * are looked for once in the life of a process.
 */
class CudaAbsenceTest {
    private static final Path CUDA_RUNTIME = Path.of("/usr/local/cuda/lib64/libcudart.so.13");
    private static final Path NVIDIA_DRIVER = Path.of("/proc/driver/nvidia/version");

    @TempDir
    private Path folder;

    private String doctor(String... properties) throws IOException, InterruptedException {
        List<String> command = new ArrayList<>(
                List.of(Path.of(System.getProperty("java.home"), "bin", "java").toString()));
        command.addAll(List.of(properties));
        command.addAll(List.of(
                "--enable-native-access=ALL-UNNAMED",
                "--sun-misc-unsafe-memory-access=allow",
                "-cp",
                System.getProperty("java.class.path"),
                "dev.dhmq.cli.Main",
                "doctor"));
        Path out = folder.resolve("out.txt");
        Process process = new ProcessBuilder(command)
                .redirectErrorStream(true)
                .redirectOutput(out.toFile())
                .start();
        assertThat(process.waitFor()).isZero();
        return Files.readString(out);
    }

    @Test
    void aNamedRuntimeThatIsNotThereIsNamed() throws IOException, InterruptedException {
        assertThat(doctor("-Ddhmq.cudart=/nowhere/libcudart.so.13"))
                .contains("CUDA's runtime cannot be loaded from /nowhere/libcudart.so.13, which dhmq.cudart or "
                        + "DHMQ_CUDART names");
    }

    @Test
    void aFileThatIsNoLibraryIsNamed() throws IOException, InterruptedException {
        Path file = Files.writeString(folder.resolve("libcudart.so.13"), "no library");
        assertThat(doctor("-Ddhmq.cudart=" + file))
                .contains("CUDA's runtime cannot be loaded from " + file)
                .contains("no library of this platform's, or not there");
    }

    @Test
    void theInstalledRuntimeWithoutADriverSaysSo() throws IOException, InterruptedException {
        assumeTrue(Files.exists(CUDA_RUNTIME), "there is no " + CUDA_RUNTIME);
        assumeTrue(!Files.exists(NVIDIA_DRIVER), "this machine has an NVIDIA driver");
        assertThat(doctor()).contains("No NVIDIA driver is loaded");
    }

    @Test
    void withoutARuntimeItSaysWhereItWasLookedFor() throws IOException, InterruptedException {
        assumeTrue(!Files.exists(CUDA_RUNTIME), "there is a " + CUDA_RUNTIME);
        assertThat(doctor()).containsAnyOf("CUDA's runtime was not found: libcudart.so.13", "compute capability");
    }
}
