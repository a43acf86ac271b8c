package dev.dhmq.model.checkpoint;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;
import java.util.Arrays;

/**
 * One named tensor of a safetensors file, or for one.
 *
 * @param name unique in its file
 * @param dtype type of the elements
 * @param shape sizes of the dimensions, outermost first; empty for a scalar; not copied
 * @param data the elements, row-major and little-endian, not necessarily aligned; valid while its file is open
 */
public record TensorEntry(String name, DType dtype, long[] shape, MemorySegment data) {
    private static final ValueLayout.OfFloat FLOAT =
            ValueLayout.JAVA_FLOAT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);
    private static final ValueLayout.OfDouble DOUBLE =
            ValueLayout.JAVA_DOUBLE_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);
    private static final ValueLayout.OfShort SHORT =
            ValueLayout.JAVA_SHORT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);

    public TensorEntry {
        long elements = elements(shape);
        if (elements != data.byteSize() / dtype.bytes() || data.byteSize() % dtype.bytes() != 0) {
            throw new IllegalArgumentException("Tensor " + name + " has " + data.byteSize() + " bytes, which are not "
                    + elements + " elements of " + dtype + ", as its shape " + Arrays.toString(shape) + " says.");
        }
    }

    /** Number of elements. */
    public long elements() {
        return elements(shape);
    }

    /**
     * Number of elements of a shape; 1 for a scalar's empty shape.
     *
     * @throws ArithmeticException where a size is negative or the product does not fit 64 bits
     */
    static long elements(long[] shape) {
        long elements = 1;
        for (long size : shape) {
            if (size < 0) {
                throw new ArithmeticException("negative size " + size);
            }
            elements = Math.multiplyExact(elements, size);
        }
        return elements;
    }

    /** The shape in brackets, for messages. */
    public String shapeText() {
        return Arrays.toString(shape);
    }

    /**
     * A tensor of these values, rounded to a floating-point type.
     *
     * @throws IllegalArgumentException where a finite value is too large for the type
     */
    public static TensorEntry ofFloats(String name, DType dtype, long[] shape, float[] values) {
        requireFloat(name, dtype);
        MemorySegment data = MemorySegment.ofArray(new byte[Math.multiplyExact(values.length, dtype.bytes())]);
        for (int i = 0; i < values.length; i++) {
            switch (dtype) {
                case F32 -> data.setAtIndex(FLOAT, i, values[i]);
                case F64 -> data.setAtIndex(DOUBLE, i, values[i]);
                case F16 -> data.setAtIndex(SHORT, i, inRange(name, values[i]));
                default -> data.setAtIndex(SHORT, i, Half.floatToBfloat16(values[i]));
            }
        }
        return new TensorEntry(name, dtype, shape, data);
    }

    private static short inRange(String name, float value) {
        short half = Half.floatToFloat16(value);
        if (Float.isInfinite(Half.float16ToFloat(half)) && !Float.isInfinite(value)) {
            throw new IllegalArgumentException(
                    "Tensor " + name + " holds " + value + ", which is beyond float16's 65504; store it as F32.");
        }
        return half;
    }

    /**
     * A copy of the elements as float32; float64 is rounded.
     *
     * @throws IllegalArgumentException where the elements are integers
     */
    public float[] toFloats() {
        requireFloat(name, dtype);
        float[] values = new float[Math.toIntExact(elements())];
        for (int i = 0; i < values.length; i++) {
            values[i] = switch (dtype) {
                case F32 -> data.getAtIndex(FLOAT, i);
                case F64 -> (float) data.getAtIndex(DOUBLE, i);
                case F16 -> Half.float16ToFloat(data.getAtIndex(SHORT, i));
                default -> Half.bfloat16ToFloat(data.getAtIndex(SHORT, i));
            };
        }
        return values;
    }

    private static void requireFloat(String name, DType dtype) {
        if (!dtype.isFloat()) {
            throw new IllegalArgumentException("Tensor " + name + " is of " + dtype + ", which is no float type.");
        }
    }
}
