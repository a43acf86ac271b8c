package dev.dhmq.tensor;

class ReferenceBackendTest extends AbstractBackendTest {
    @Override
    Backend create() {
        return new ReferenceBackend();
    }
}
