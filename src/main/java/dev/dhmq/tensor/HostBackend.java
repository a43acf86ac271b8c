package dev.dhmq.tensor;

import java.lang.foreign.MemorySegment;

/** What backends whose vectors lie in host memory have in common. */
abstract sealed class HostBackend implements Backend permits CpuBackend, ReferenceBackend {

    @Override
    public final DeviceVector allocate(long length) {
        return HostMemory.allocate(length);
    }

    @Override
    public DeviceVector wrap(MemorySegment memory) {
        return HostMemory.wrap(memory);
    }

    @Override
    public final SharedVector share(MemorySegment memory) {
        return SharedVector.inPlace(wrap(memory));
    }

    @Override
    public void copy(DeviceVector from, DeviceVector to) {
        HostMemory.copy(from, to);
    }

    @Override
    public final void write(float[] values, DeviceVector to) {
        HostMemory.write(values, to);
    }

    @Override
    public final float[] read(DeviceVector from) {
        return HostMemory.read(from);
    }
}
