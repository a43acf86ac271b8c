package dev.dhmq.tensor;

import static java.lang.foreign.ValueLayout.ADDRESS;
import static java.lang.foreign.ValueLayout.JAVA_LONG;

import java.lang.foreign.MemorySegment;
import java.util.List;
import java.util.function.ToLongFunction;

/**
 * A call's small arguments on their way to the device: laid side by side in pinned memory and sent in one copy.
 *
 * <p>The copy happens some time after it was asked for, so its pinned memory is written again only when it is done: there are
 * several slots, each with an event. The copy on the device may be overwritten by the next, which is behind the kernel in
 * the same stream.
 */
final class CudaArguments implements AutoCloseable {
    private static final int SLOTS = 4;
    private static final long ALIGNMENT = 8;
    /** Not nothing: the kernels take no null, even where there is no layer. */
    private static final long SMALLEST = 1024;

    private final CudaStream stream;
    private final Slot[] slots = new Slot[SLOTS];
    private int last;

    CudaArguments(CudaStream stream) {
        this.stream = stream;
        for (int i = 0; i < SLOTS; i++) {
            slots[i] = new Slot();
        }
    }

    /** The next call's arguments, of no more than these bytes, each rounded up to a multiple of eight. */
    Slot begin(long... bytes) {
        long sum = 0;
        for (long one : bytes) {
            sum += aligned(one);
        }
        last = (last + 1) % SLOTS;
        slots[last].reserve(sum);
        return slots[last];
    }

    /** A call's arguments that say where packed integers lie: the bits and the offsets. */
    Slot begin(PackedLayout packing) {
        long layers = packing.layout().layers().size();
        return begin(Integer.BYTES * layers, Long.BYTES * layers);
    }

    private static long aligned(long bytes) {
        return (bytes + ALIGNMENT - 1) / ALIGNMENT * ALIGNMENT;
    }

    /** One call's arguments: all are added, then sent. What an add gives is where the argument will be on the device. */
    final class Slot {
        private MemorySegment host = MemorySegment.NULL;
        private MemorySegment device = MemorySegment.NULL;
        private final CudaStream.Event sent = new CudaStream.Event();
        private long used;
        private long lastBegin;

        private void reserve(long bytes) {
            sent.await();
            used = 0;
            if (host.byteSize() < Math.max(bytes, SMALLEST)) {
                free();
                host = CudaMemory.allocatePinned(Math.max(2 * bytes, SMALLEST));
                device = CudaMemory.allocate(host.byteSize());
            }
        }

        MemorySegment add(int[] values) {
            return add(MemorySegment.ofArray(values), (long) Integer.BYTES * values.length);
        }

        MemorySegment add(float[] values) {
            return add(MemorySegment.ofArray(values), (long) Float.BYTES * values.length);
        }

        MemorySegment add(double[] values) {
            return add(MemorySegment.ofArray(values), (long) Double.BYTES * values.length);
        }

        private MemorySegment add(MemorySegment values, long bytes) {
            MemorySegment place = room(bytes);
            MemorySegment.copy(values, 0, host, lastBegin, bytes);
            return place;
        }

        /** Where each layer's packed integers begin. */
        MemorySegment addOffsets(PackedLayout packing) {
            int layers = packing.layout().layers().size();
            MemorySegment place = room((long) Long.BYTES * layers);
            for (int l = 0; l < layers; l++) {
                written().setAtIndex(JAVA_LONG, l, packing.offset(l));
            }
            return place;
        }

        /** A {@link VectorTable} of these many vectors from the first on. */
        MemorySegment addTable(
                ParameterLayout layout,
                List<? extends LayerVector> vectors,
                int first,
                int count,
                ToLongFunction<DeviceVector> address) {
            MemorySegment place = room(VectorTable.bytes(count, layout.layers().size()));
            VectorTable.write(layout, vectors, first, count, address, written());
            return place;
        }

        MemorySegment addAddresses(List<DeviceVector> vectors, ToLongFunction<DeviceVector> address) {
            MemorySegment place = room(ADDRESS.byteSize() * vectors.size());
            for (int k = 0; k < vectors.size(); k++) {
                written().setAtIndex(JAVA_LONG, k, address.applyAsLong(vectors.get(k)));
            }
            return place;
        }

        private MemorySegment room(long bytes) {
            lastBegin = used;
            used += aligned(bytes);
            return device.asSlice(lastBegin, bytes);
        }

        /** The host's side of the last {@link #room}. */
        private MemorySegment written() {
            return host.asSlice(lastBegin, used - lastBegin);
        }

        /** Lines the copy up in the stream, before the kernel. */
        void send() {
            stream.copyToDevice(host, device, used);
            sent.record(stream);
        }

        private void free() {
            if (host.address() != 0) {
                CudaMemory.freePinned(host);
                host = MemorySegment.NULL;
            }
            if (device.address() != 0) {
                CudaMemory.free(device);
                device = MemorySegment.NULL;
            }
        }
    }

    @Override
    public void close() {
        for (Slot slot : slots) {
            slot.free();
            slot.sent.close();
        }
    }
}
