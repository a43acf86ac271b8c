package dev.dhmq.tensor;

import java.util.List;
import java.util.Random;

/** Layouts and seeded values for the backends' tests. */
final class Inputs {
    /** What floats can be at their worst, and where rounding is undecided. */
    static final float[] EXTREMES = {
        0f,
        -0f,
        Float.MIN_VALUE,
        -Float.MIN_VALUE,
        Float.MIN_NORMAL,
        -Float.MIN_NORMAL,
        Float.MAX_VALUE,
        -Float.MAX_VALUE,
        Float.POSITIVE_INFINITY,
        Float.NEGATIVE_INFINITY,
        Float.NaN,
        0.5f,
        -0.5f,
        1.5f,
        -1.5f,
        2.5f,
        -2.5f,
        0.3f,
        -0.3f,
        126.5f,
        127.5f,
        -127.5f,
        -128.5f,
        8388609f,
        1e-30f,
        -1e30f,
        1f,
        -1f
    };

    private Inputs() {}

    /** Channel sizes around a vector register's 16 floats and a thread's block of 16384, and in between. */
    static ParameterLayout oddLayout() {
        return ParameterLayout.of(List.of(
                new ParameterLayout.Shape("one", 1, 1),
                new ParameterLayout.Shape("depthwise", 5, 9),
                new ParameterLayout.Shape("fifteen", 3, 15),
                new ParameterLayout.Shape("sixteen", 2, 16),
                new ParameterLayout.Shape("seventeen", 4, 17),
                new ParameterLayout.Shape("stem", 64, 147),
                new ParameterLayout.Shape("odd", 7, 1025),
                new ParameterLayout.Shape("block", 2, 16384),
                new ParameterLayout.Shape("long", 3, 20011),
                new ParameterLayout.Shape("pointwise", 96, 64)));
    }

    /** Bits 2 to 8 in turn, and one layer skipped. */
    static int[] mixedBits(ParameterLayout layout) {
        int[] bits = new int[layout.layers().size()];
        for (int l = 0; l < bits.length; l++) {
            bits[l] = l == 3 ? Backend.SKIP : 2 + l % 7;
        }
        return bits;
    }

    static float[] normal(long length, long seed) {
        Random random = new Random(seed);
        float[] values = new float[Math.toIntExact(length)];
        for (int i = 0; i < values.length; i++) {
            values[i] = (float) random.nextGaussian();
        }
        return values;
    }

    /** Positive scales, with one channel of scale 0. */
    static float[] scales(ParameterLayout layout, long seed) {
        float[] values = normal(layout.channels(), seed);
        for (int i = 0; i < values.length; i++) {
            values[i] = Math.abs(values[i]) * 0.1f + 0.01f;
        }
        values[2] = 0;
        return values;
    }
}
