package dev.dhmq.tensor;

import static java.lang.foreign.ValueLayout.ADDRESS;

import dev.dhmq.bindings.cudart.Cudart;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;

/** Where a backend's work is lined up. Somebody else's stream, which is not closed here; null is the default stream. */
record CudaStream(MemorySegment handle) {

    /** A mark in a stream that can be waited for; made when it is first set. */
    static final class Event implements AutoCloseable {
        private MemorySegment handle = MemorySegment.NULL;

        private MemorySegment create() {
            try (Arena arena = Arena.ofConfined()) {
                MemorySegment address = arena.allocate(ADDRESS);
                CudaStatus.check(
                        "cudaEventCreateWithFlags",
                        Cudart.cudaEventCreateWithFlags(address, Cudart.cudaEventDisableTiming()));
                return address.get(ADDRESS, 0);
            }
        }

        /** Marks all that was given to the stream until now. */
        void record(CudaStream stream) {
            if (handle.address() == 0) {
                handle = create();
            }
            CudaStatus.check("cudaEventRecord", Cudart.cudaEventRecord(handle, stream.handle()));
        }

        /** Waits until what was marked last is done; returns at once where nothing was. */
        void await() {
            if (handle.address() != 0) {
                CudaStatus.check("cudaEventSynchronize", Cudart.cudaEventSynchronize(handle));
            }
        }

        @Override
        public void close() {
            if (handle.address() != 0) {
                CudaStatus.check("cudaEventDestroy", Cudart.cudaEventDestroy(handle));
                handle = MemorySegment.NULL;
            }
        }
    }

    /** Waits until all work given to it is done. What failed on the device since the last time shows here. */
    void await() {
        CudaStatus.check("cudaStreamSynchronize", Cudart.cudaStreamSynchronize(handle));
    }

    void copyToDevice(MemorySegment from, MemorySegment to, long bytes) {
        copy(from, to, bytes, Cudart.cudaMemcpyHostToDevice());
    }

    void copyToHost(MemorySegment from, MemorySegment to, long bytes) {
        copy(from, to, bytes, Cudart.cudaMemcpyDeviceToHost());
    }

    void copyOnDevice(MemorySegment from, MemorySegment to, long bytes) {
        copy(from, to, bytes, Cudart.cudaMemcpyDeviceToDevice());
    }

    private void copy(MemorySegment from, MemorySegment to, long bytes, int kind) {
        CudaStatus.check("cudaMemcpyAsync", Cudart.cudaMemcpyAsync(to, from, bytes, kind, handle));
    }

    void fillWithZeros(MemorySegment memory) {
        CudaStatus.check("cudaMemsetAsync", Cudart.cudaMemsetAsync(memory, 0, memory.byteSize(), handle));
    }
}
