package dev.dhmq.model.checkpoint;

/** The two 16-bit floating-point formats and their conversion to and from float32, rounding half to even. */
public final class Half {
    private Half() {}

    /** The value of a float16; exact. */
    public static float float16ToFloat(short bits) {
        return Float.float16ToFloat(bits);
    }

    /** The nearest float16; beyond 65504 by half a step and more it is infinite. */
    public static short floatToFloat16(float value) {
        return Float.floatToFloat16(value);
    }

    /** The value of a bfloat16, the upper half of a float32; exact. */
    public static float bfloat16ToFloat(short bits) {
        return Float.intBitsToFloat(bits << 16);
    }

    /** The nearest bfloat16. NaN stays NaN. */
    public static short floatToBfloat16(float value) {
        int bits = Float.floatToRawIntBits(value);
        if (Float.isNaN(value)) {
            // Rounding could carry a NaN into infinity, so one mantissa bit is set instead.
            return (short) ((bits >>> 16) | 0x40);
        }
        // Just under half a step, and one more where the kept part is odd: ties go to even.
        int rounded = bits + 0x7FFF + ((bits >>> 16) & 1);
        return (short) (rounded >>> 16);
    }
}
