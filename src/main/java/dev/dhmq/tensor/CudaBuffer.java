package dev.dhmq.tensor;

import java.lang.foreign.MemorySegment;

/** Device memory for what a call works with, kept from call to call. The calls are in one stream, so one follows the other. */
final class CudaBuffer implements AutoCloseable {
    private MemorySegment memory = MemorySegment.NULL;

    /** At least this many bytes, null for none; a later call may free them, which waits for the device. */
    MemorySegment reserve(long bytes) {
        if (memory.byteSize() < bytes) {
            close();
            memory = CudaMemory.allocate(Math.max(bytes, 2 * memory.byteSize()));
        }
        return memory;
    }

    @Override
    public void close() {
        MemorySegment old = memory;
        memory = MemorySegment.NULL;
        if (old.address() != 0) {
            CudaMemory.free(old);
        }
    }
}
