package dev.dhmq.tensor;

class CpuIntegerKernelsTest extends AbstractIntegerKernelsTest {
    @Override
    Backend create() {
        return new CpuBackend();
    }
}
