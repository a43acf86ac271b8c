package dev.dhmq.tensor;

import static java.lang.foreign.ValueLayout.JAVA_FLOAT;

import java.lang.foreign.MemorySegment;

/**
 * Moves whole vectors between Java arrays and the device, through pinned memory in two halves: one is filled or emptied while
 * the other is copied.
 */
final class CudaTransfer implements AutoCloseable {
    private static final int HALF = 1 << 20; // floats

    private final CudaStream stream;
    private final MemorySegment[] halves = {MemorySegment.NULL, MemorySegment.NULL};
    private final CudaStream.Event[] copied = {new CudaStream.Event(), new CudaStream.Event()};

    CudaTransfer(CudaStream stream) {
        this.stream = stream;
    }

    /** Returns before all has arrived; what comes behind it in the stream finds it. */
    void write(float[] values, MemorySegment device) {
        for (int part = 0; part < parts(values); part++) {
            int count = count(values, part);
            copied[part % 2].await();
            MemorySegment.copy(values, part * HALF, half(part), JAVA_FLOAT, 0, count);
            stream.copyToDevice(half(part), slice(device, part, count), (long) Float.BYTES * count);
            copied[part % 2].record(stream);
        }
    }

    /** Waits for all that was before it in the stream. */
    void read(MemorySegment device, float[] values) {
        for (int part = 0; part <= parts(values); part++) {
            if (part < parts(values)) {
                int count = count(values, part);
                copied[part % 2].await();
                stream.copyToHost(slice(device, part, count), half(part), (long) Float.BYTES * count);
                copied[part % 2].record(stream);
            }
            if (part > 0) {
                int previous = part - 1;
                copied[previous % 2].await();
                MemorySegment.copy(half(previous), JAVA_FLOAT, 0, values, previous * HALF, count(values, previous));
            }
        }
    }

    private static int parts(float[] values) {
        return Math.ceilDiv(values.length, HALF);
    }

    private static int count(float[] values, int part) {
        return Math.min(HALF, values.length - part * HALF);
    }

    private static MemorySegment slice(MemorySegment device, int part, int count) {
        return device.asSlice((long) Float.BYTES * HALF * part, (long) Float.BYTES * count);
    }

    private MemorySegment half(int part) {
        if (halves[part % 2].address() == 0) {
            halves[part % 2] = CudaMemory.allocatePinned((long) Float.BYTES * HALF);
        }
        return halves[part % 2];
    }

    @Override
    public void close() {
        for (int i = 0; i < 2; i++) {
            if (halves[i].address() != 0) {
                CudaMemory.freePinned(halves[i]);
                halves[i] = MemorySegment.NULL;
            }
            copied[i].close();
        }
    }
}
