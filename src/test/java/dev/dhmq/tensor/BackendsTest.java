package dev.dhmq.tensor;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.junit.jupiter.api.Test;

class BackendsTest {
    @Test
    void probeTellsOfEveryBackendTheFastestFirst() {
        assertThat(Backends.probe()).extracting(BackendStatus::name).containsExactly("cuda", "cpu", "reference");
        assertThat(Backends.probe().get(1)).isInstanceOf(BackendStatus.Available.class);
        assertThat(Backends.probe().get(2)).isInstanceOf(BackendStatus.Available.class);
    }

    @Test
    void autoTakesTheFirstThatIsAvailable() {
        try (Backend backend = Backends.select(Backends.Choice.AUTO)) {
            assertThat(backend.name()).isEqualTo("cpu");
        }
    }

    @Test
    void aBackendAskedForByNameIsGiven() {
        try (Backend cpu = Backends.select(Backends.Choice.CPU);
                Backend reference = Backends.select(Backends.Choice.REFERENCE)) {
            assertThat(cpu.name()).isEqualTo("cpu");
            assertThat(cpu.description()).matches("cpu: (baseline|avx2|avx512), \\d+ threads?");
            assertThat(reference.name()).isEqualTo("reference");
        }
    }

    /** The build names CUDA's emulation to the tests: whoever asks for it by name gets it, and nobody else. */
    @Test
    void anEmulationIsGivenOnlyByName() {
        assertThat(Backends.probe().getFirst()).isInstanceOf(BackendStatus.Available.class);
        try (Backend cuda = Backends.select(Backends.Choice.CUDA)) {
            assertThat(cuda.description()).contains("emulated");
        }
    }

    @Test
    void aBackendThatIsMissingIsRefusedWithAllReasons() {
        BackendStatus.Unavailable missing =
                new BackendStatus.Unavailable("cuda", List.of("No runtime.", "No kernels."));
        assertThat(new BackendUnavailableException(missing))
                .hasMessage("The cuda backend is unavailable: No runtime. No kernels.")
                .extracting(BackendUnavailableException::reasons)
                .isEqualTo(missing.reasons());
    }
}
