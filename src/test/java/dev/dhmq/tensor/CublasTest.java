package dev.dhmq.tensor;

import org.junit.jupiter.api.Tag;

/** On the stand-in for cuBLAS, through the same bindings. */
@Tag("emulated-cuda")
class CublasTest extends AbstractCublasTest {
    @Override
    CudaBackend create() {
        Emulation.reset();
        return new CudaBackend();
    }
}
