package dev.dhmq.tensor;

import org.junit.jupiter.api.Tag;

/** On a GPU, where libcublas is installed. */
@Tag("gpu")
class GpuCublasTest extends AbstractCublasTest {
    @Override
    CudaBackend create() {
        return Gpu.backend();
    }
}
