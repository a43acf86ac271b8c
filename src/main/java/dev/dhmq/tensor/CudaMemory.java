package dev.dhmq.tensor;

import static java.lang.foreign.ValueLayout.ADDRESS;
import static java.lang.foreign.ValueLayout.JAVA_LONG;

import dev.dhmq.bindings.cudart.Cudart;
import dev.dhmq.bindings.cudart.cudaPointerAttributes;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;

/**
 * Memory on the device, and host memory that the device copies from and to by itself (pinned). A segment of device memory is
 * an address to hand on: reading it on the host ends the process.
 */
final class CudaMemory {
    /** CUDA has no address for no bytes, and the kernels take no null. */
    private static final long SMALLEST = 16;

    private CudaMemory() {}

    /**
     * Device memory with whatever was in it.
     *
     * @throws OutOfDeviceMemoryException where there is not as much
     */
    static MemorySegment allocate(long bytes) {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment address = arena.allocate(ADDRESS);
            int status = Cudart.cudaMalloc(address, Math.max(bytes, SMALLEST));
            if (status == Cudart.cudaErrorMemoryAllocation()) {
                CudaStatus.forget();
                throw outOfMemory("cudaMalloc", status, bytes);
            }
            CudaStatus.check("cudaMalloc", status);
            return address.get(ADDRESS, 0).reinterpret(bytes);
        }
    }

    static void free(MemorySegment memory) {
        CudaStatus.check("cudaFree", Cudart.cudaFree(memory));
    }

    /** Pinned host memory. */
    static MemorySegment allocatePinned(long bytes) {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment address = arena.allocate(ADDRESS);
            CudaStatus.check("cudaMallocHost", Cudart.cudaMallocHost(address, Math.max(bytes, SMALLEST)));
            return address.get(ADDRESS, 0).reinterpret(bytes);
        }
    }

    static void freePinned(MemorySegment memory) {
        CudaStatus.check("cudaFreeHost", Cudart.cudaFreeHost(memory));
    }

    /** Whether the device can use this memory as its own. */
    static boolean isOnDevice(MemorySegment memory) {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment attributes = cudaPointerAttributes.allocate(arena);
            CudaStatus.check("cudaPointerGetAttributes", Cudart.cudaPointerGetAttributes(attributes, memory));
            int type = cudaPointerAttributes.type(attributes);
            return type == Cudart.cudaMemoryTypeDevice() || type == Cudart.cudaMemoryTypeManaged();
        }
    }

    /** All of the device's memory, in bytes. */
    static long total() {
        return info()[1];
    }

    private static OutOfDeviceMemoryException outOfMemory(String call, int status, long wanted) {
        long[] info = info();
        return new OutOfDeviceMemoryException(call, status, wanted, info[0], info[1]);
    }

    /** Free and total bytes. */
    private static long[] info() {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment free = arena.allocate(JAVA_LONG);
            MemorySegment total = arena.allocate(JAVA_LONG);
            CudaStatus.check("cudaMemGetInfo", Cudart.cudaMemGetInfo(free, total));
            return new long[] {free.get(JAVA_LONG, 0), total.get(JAVA_LONG, 0)};
        }
    }
}
