package dev.dhmq.model.checkpoint;

import dev.dhmq.InvalidInputException;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * One layer of a packed checkpoint.
 *
 * @param shape its bits and sizes
 * @param integers as {@link PackedFormat} lays them out; not copied
 * @param scales one a channel; not copied
 */
record PackedTensor(Shape shape, MemorySegment integers, float[] scales) {

    /**
     * How a layer is packed.
     *
     * @param bits 2 to 8
     * @param sizes of the dimensions, the first one counting channels; all positive; not copied
     * @param elements their product
     */
    record Shape(int bits, long[] sizes, int elements) {

        /**
         * A checked shape.
         *
         * @param where file and layer, with which messages begin
         */
        static Shape of(String where, int bits, long[] sizes) {
            long elements;
            try {
                elements = TensorEntry.elements(sizes);
            } catch (ArithmeticException e) {
                throw impossible(where, sizes, e);
            }
            if (sizes.length == 0 || elements < 1 || elements > Integer.MAX_VALUE) {
                throw impossible(where, sizes, null);
            }
            return new Shape(bits, sizes, (int) elements);
        }

        private static InvalidInputException impossible(String where, long[] sizes, @Nullable Exception cause) {
            return new InvalidInputException(
                    where + ": the shape " + Arrays.toString(sizes)
                            + " is not possible, since a layer has 1 to 2147483647 weights; the file is damaged, so pack it"
                            + " again with dhmq pack.",
                    cause);
        }

        int channels() {
            return (int) sizes[0]; // at most the number of elements
        }

        long packedBytes() {
            return Math.ceilDiv((long) elements * bits, 8L);
        }
    }

    /** The weights: bit for bit what fake quantization gives, since both are one float product of the same numbers. */
    float[] toFloats() {
        float[] values = new float[shape.elements()];
        int channelSize = values.length / scales.length;
        int bits = shape.bits();
        int unused = Integer.SIZE - bits;
        long window = 0;
        int held = 0;
        long next = 0;
        for (int channel = 0; channel < scales.length; channel++) {
            float scale = scales[channel];
            int end = (channel + 1) * channelSize;
            for (int i = channel * channelSize; i < end; i++) {
                if (held < bits) {
                    window |= (integers.get(ValueLayout.JAVA_BYTE, next++) & 0xFFL) << held;
                    held += Byte.SIZE;
                }
                int integer = (int) window << unused >> unused; // the sign is the highest of its bits
                values[i] = scale == 0 ? 0 : scale * integer;
                window >>>= bits;
                held -= bits;
            }
        }
        return values;
    }
}
