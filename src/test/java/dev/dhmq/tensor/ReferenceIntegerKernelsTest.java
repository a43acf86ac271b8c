package dev.dhmq.tensor;

class ReferenceIntegerKernelsTest extends AbstractIntegerKernelsTest {
    @Override
    Backend create() {
        return new ReferenceBackend();
    }
}
