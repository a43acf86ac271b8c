package dev.dhmq.tensor;

import org.junit.jupiter.api.Tag;

/** Affine quantization, gradients and packing, on a GPU. */
@Tag("gpu")
class GpuIntegerKernelsTest extends AbstractIntegerKernelsTest {
    @Override
    Backend create() {
        return Gpu.backend();
    }
}
