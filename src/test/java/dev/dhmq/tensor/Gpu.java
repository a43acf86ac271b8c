package dev.dhmq.tensor;

import static org.assertj.core.api.Assertions.assertThat;

/** The backend for the tests that need a GPU: they fail where there is none, as they are run by name only. */
final class Gpu {
    private Gpu() {}

    static CudaBackend backend() {
        CudaBackend backend = (CudaBackend) Backends.select(Backends.Choice.CUDA);
        assertThat(backend.isEmulated()).as("emulated").isFalse();
        return backend;
    }
}
