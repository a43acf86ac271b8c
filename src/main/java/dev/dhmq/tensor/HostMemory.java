package dev.dhmq.tensor;

import static java.lang.foreign.ValueLayout.JAVA_FLOAT;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;

/** Vectors in host memory, for the backends that compute there. */
final class HostMemory {
    /** A cache line, and the widest SIMD register. */
    private static final long ALIGNMENT = 64;

    private HostMemory() {}

    @SuppressWarnings("MustBeClosedChecker") // The vector owns the arena and closes it.
    static DeviceVector allocate(long length) {
        long bytes = Lengths.requireAllocatable(length);
        Arena arena = Arena.ofShared();
        return DeviceVector.onHost(arena.allocate(bytes, ALIGNMENT), length, arena::close);
    }

    static DeviceVector wrap(MemorySegment memory) {
        requireFloats(memory);
        return DeviceVector.onHost(memory, memory.byteSize() / Float.BYTES, () -> {});
    }

    static void requireFloats(MemorySegment memory) {
        if (memory.byteSize() % Float.BYTES != 0) {
            throw new IllegalArgumentException(memory.byteSize() + " bytes are no whole number of floats.");
        }
        if (memory.address() % Float.BYTES != 0) {
            throw new IllegalArgumentException("Memory for floats must begin at a multiple of four bytes.");
        }
    }

    static void requireOutsideHeap(MemorySegment memory) {
        if (!memory.isNative()) {
            throw new IllegalArgumentException("Native code cannot compute in an array on the Java heap.");
        }
    }

    /** Native code would not notice that a segment is read-only: a mapped file would end the process. */
    static void requireWritable(MemorySegment memory) {
        if (memory.isReadOnly()) {
            throw new IllegalArgumentException("The results would go to read-only memory.");
        }
    }

    static void copy(DeviceVector from, DeviceVector to) {
        Lengths.requireEqual(from, to);
        MemorySegment.copy(from.hostMemory(), 0, to.hostMemory(), 0, Float.BYTES * from.length());
    }

    static void write(float[] values, DeviceVector to) {
        Lengths.require("The destination", to.length(), values.length);
        MemorySegment.copy(values, 0, to.hostMemory(), JAVA_FLOAT, 0, values.length);
    }

    static float[] read(DeviceVector from) {
        float[] values = new float[Lengths.requireFitsArray(from)];
        MemorySegment.copy(from.hostMemory(), JAVA_FLOAT, 0, values, 0, values.length);
        return values;
    }
}
