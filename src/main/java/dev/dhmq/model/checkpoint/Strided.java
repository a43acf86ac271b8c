package dev.dhmq.model.checkpoint;

import dev.dhmq.model.checkpoint.PickleValue.View;
import java.lang.foreign.MemorySegment;

/** From views with strides to elements in a row. */
final class Strided {
    private Strided() {}

    /**
     * The view's elements, row-major: in place where they lie so, otherwise a copy.
     *
     * @param storage large enough for the view
     */
    static MemorySegment contiguous(MemorySegment storage, View view) {
        int bytes = view.storage().dtype().bytes();
        long elements = TensorEntry.elements(view.shape());
        if (elements == 0) {
            return storage.asSlice(0, 0);
        }
        if (isContiguous(view)) {
            return storage.asSlice(view.offset() * bytes, elements * bytes);
        }
        MemorySegment copy = MemorySegment.ofArray(new byte[Math.toIntExact(elements * bytes)]);
        long[] index = new long[view.shape().length];
        for (long i = 0; i < elements; i++) {
            MemorySegment.copy(storage, place(view, index) * bytes, copy, i * bytes, bytes);
            increment(index, view.shape());
        }
        return copy;
    }

    private static boolean isContiguous(View view) {
        long expected = 1;
        for (int d = view.shape().length - 1; d >= 0; d--) {
            if (view.shape()[d] != 1 && view.strides()[d] != expected) {
                return false;
            }
            expected *= view.shape()[d];
        }
        return true;
    }

    private static long place(View view, long[] index) {
        long place = view.offset();
        for (int d = 0; d < index.length; d++) {
            place += index[d] * view.strides()[d];
        }
        return place;
    }

    private static void increment(long[] index, long[] shape) {
        for (int d = index.length - 1; d >= 0; d--) {
            if (++index[d] < shape[d]) {
                return;
            }
            index[d] = 0;
        }
    }
}
