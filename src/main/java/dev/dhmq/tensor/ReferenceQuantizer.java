package dev.dhmq.tensor;

/** One channel's quantization, a weight at a time: the formulas as they stand in {@link Backend}. */
record ReferenceQuantizer(float scale, float zeroPoint, float lowest, float highest) {

    static ReferenceQuantizer symmetric(int bits, float scale) {
        float half = 1 << (bits - 1);
        return new ReferenceQuantizer(scale, 0, -half, half - 1);
    }

    static ReferenceQuantizer affine(int bits, float scale, float zeroPoint) {
        return new ReferenceQuantizer(scale, zeroPoint, 0, (1 << bits) - 1);
    }

    /** Before clamping. */
    private float rounded(float w) {
        return (float) Math.rint(w / scale) + zeroPoint;
    }

    /** q: clamp(roundHalfToEven(w / scale) + z, lowest, highest). */
    float integer(float w) {
        return scale == 0 ? zeroPoint : Math.min(Math.max(rounded(w), lowest), highest);
    }

    /** What the integer q stands for. */
    float value(float q) {
        return scale == 0 ? 0 : scale * (q - zeroPoint);
    }

    /** Q(w). The integer is never a negative zero, so neither is Q(w) for a positive scale. */
    float quantize(float w) {
        return value(integer(w) + 0f);
    }

    /** Whether the gradient at Q(w) passes on to w. */
    boolean passes(float w) {
        return scale == 0 || (rounded(w) >= lowest && rounded(w) <= highest);
    }

    /** The derivative of Q(w) by the scale, straight through the rounding. */
    float scaleSlope(float w) {
        if (scale == 0 || Float.isNaN(w / scale)) {
            return 0;
        }
        float q = integer(w) - zeroPoint;
        return passes(w) ? q - w / scale : q;
    }

    private ReferenceQuantizer withScale(float other) {
        return new ReferenceQuantizer(other, zeroPoint, lowest, highest);
    }

    static ReferenceQuantizer searchSymmetric(float[] weights, int bits, float[] ratios) {
        float largest = 0;
        for (float w : weights) {
            largest = Math.max(largest, Math.abs(w));
        }
        return symmetric(bits, largest / (1 << (bits - 1))).search(weights, ratios);
    }

    static ReferenceQuantizer searchAffine(float[] weights, int bits, float[] ratios) {
        float least = 0;
        float largest = 0;
        for (float w : weights) {
            least = Math.min(least, w);
            largest = Math.max(largest, w);
        }
        float highest = (1 << bits) - 1;
        // Halved, so that two ends of opposite signs cannot overflow.
        float scale = (largest / 2 - least / 2) / (highest / 2);
        float zeroPoint = scale > 0 ? (float) Math.min(Math.rint((0 - least) / scale), highest) : 0;
        return affine(bits, scale, Float.isNaN(zeroPoint) ? 0 : zeroPoint).search(weights, ratios);
    }

    /** This one is clipped at nothing; the result at the best of the ratios, the first of equals. */
    private ReferenceQuantizer search(float[] weights, float[] ratios) {
        if (!Float.isFinite(scale)) {
            return new ReferenceQuantizer(Float.NaN, 0, lowest, highest);
        }
        ReferenceQuantizer best = withScale(scale * ratios[0]);
        double least = Double.POSITIVE_INFINITY;
        for (float ratio : ratios) {
            ReferenceQuantizer clipped = withScale(scale * ratio);
            double error = clipped.relativeError(weights) * clipped.scale * clipped.scale;
            if (error < least) {
                least = error;
                best = clipped;
            }
        }
        return best;
    }

    /** Squared error in units of the squared scale: no weight and no scale is too large or too small for it. */
    private double relativeError(float[] weights) {
        double sum = 0;
        for (float w : weights) {
            double difference = scale == 0 ? 0 : w / scale - (integer(w) - zeroPoint);
            sum += difference * difference;
        }
        return sum;
    }
}
