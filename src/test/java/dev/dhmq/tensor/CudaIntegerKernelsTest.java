package dev.dhmq.tensor;

import org.junit.jupiter.api.Tag;

/** Affine quantization, gradients and packing, on CUDA emulated on the CPU. */
@Tag("emulated-cuda")
class CudaIntegerKernelsTest extends AbstractIntegerKernelsTest {
    @Override
    Backend create() {
        Emulation.reset();
        return new CudaBackend();
    }
}
