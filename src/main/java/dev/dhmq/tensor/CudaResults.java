package dev.dhmq.tensor;

import static java.lang.foreign.ValueLayout.JAVA_DOUBLE;
import static java.lang.foreign.ValueLayout.JAVA_INT;

import java.lang.foreign.MemorySegment;

/** What a kernel has summed, on its way to the host: device memory and its pinned twin. */
final class CudaResults implements AutoCloseable {
    private final CudaStream stream;
    private final CudaBuffer device = new CudaBuffer();
    private MemorySegment host = MemorySegment.NULL;

    CudaResults(CudaStream stream) {
        this.stream = stream;
    }

    /** Where the kernel writes; not null even where that is nothing. */
    MemorySegment reserve(long wanted) {
        long bytes = Math.max(wanted, JAVA_DOUBLE.byteSize());
        if (host.byteSize() < bytes) {
            freeHost();
            host = CudaMemory.allocatePinned(bytes);
        }
        return device.reserve(bytes);
    }

    /** Waits for the first so many doubles of what was reserved last. */
    MemorySegment doubles(long count) {
        return await(JAVA_DOUBLE.byteSize() * count);
    }

    /** Waits for the one int that was reserved last. */
    int integer() {
        return await(JAVA_INT.byteSize()).get(JAVA_INT, 0);
    }

    private MemorySegment await(long bytes) {
        stream.copyToHost(device.reserve(bytes), host, bytes);
        stream.await();
        return host.asSlice(0, bytes);
    }

    private void freeHost() {
        if (host.address() != 0) {
            CudaMemory.freePinned(host);
            host = MemorySegment.NULL;
        }
    }

    @Override
    public void close() {
        freeHost();
        device.close();
    }
}
