package dev.dhmq.tensor;

import org.junit.jupiter.api.Tag;

/** What every backend must compute, on a GPU. */
@Tag("gpu")
class GpuKernelsTest extends AbstractBackendTest {
    @Override
    Backend create() {
        return Gpu.backend();
    }

    @Override
    DeviceVector place(Backend tested, GuardedMemory memory, float... values) {
        DeviceVector vector = tested.allocate(values.length);
        tested.write(values, vector);
        return vector;
    }
}
