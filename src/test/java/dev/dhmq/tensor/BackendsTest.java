package dev.dhmq.tensor;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

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

    @Test
    void aBackendAskedForByNameThatIsMissingIsRefusedWithReasons() {
        assertThatThrownBy(() -> Backends.select(Backends.Choice.CUDA))
                .isInstanceOfSatisfying(
                        BackendUnavailableException.class,
                        e -> assertThat(e.reasons()).isNotEmpty())
                .hasMessageContaining("cuda backend is unavailable: This release has no CUDA kernels.");
    }
}
