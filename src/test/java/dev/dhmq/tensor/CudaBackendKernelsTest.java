package dev.dhmq.tensor;

import org.junit.jupiter.api.Tag;

/** What every backend must compute, on CUDA emulated on the CPU. */
@Tag("emulated-cuda")
class CudaBackendKernelsTest extends AbstractBackendTest {
    @Override
    Backend create() {
        Emulation.reset();
        return new CudaBackend();
    }

    /** No page of device memory can be forbidden; the emulation draws borders around what is allocated. */
    @Override
    DeviceVector place(Backend tested, GuardedMemory memory, float... values) {
        DeviceVector vector = tested.allocate(values.length);
        tested.write(values, vector);
        return vector;
    }
}
