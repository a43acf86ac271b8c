package dev.dhmq.quant;

/**
 * A whole tensor on unsigned integers: q = round(x / scale) + zeroPoint, clamped to [0, 2^bits - 1], stands for
 * scale (q - zeroPoint). Zero is always represented exactly, as ONNX's QuantizeLinear has it.
 *
 * @param bits 2 to 8
 * @param scale distance of two neighbours, positive and finite
 * @param zeroPoint the integer that stands for 0; 0 where no value is negative
 */
public record AffineQuantization(int bits, float scale, int zeroPoint) {

    public AffineQuantization {
        if (bits < BitWidths.NARROWEST || bits > BitWidths.WIDEST) {
            throw new IllegalArgumentException("An activation has " + BitWidths.NARROWEST + " to " + BitWidths.WIDEST
                    + " bits, but this one has " + bits + ".");
        }
        if (!(scale > 0) || Float.isInfinite(scale)) {
            throw new IllegalArgumentException("A scale must be positive and finite, but is " + scale + ".");
        }
        if (zeroPoint < 0 || zeroPoint > highest(bits)) {
            throw new IllegalArgumentException(
                    "A zero point of " + bits + " bits must be 0 to " + highest(bits) + ", but is " + zeroPoint + ".");
        }
    }

    /**
     * The quantization whose integers span {@code low} to {@code high}, widened where needed so that 0 is among them. A
     * range of one point, 0, gets the scale 1.
     *
     * @param low finite
     * @param high finite, at least {@code low}
     */
    public static AffineQuantization spanning(double low, double high, int bits) {
        double from = Math.min(low, 0);
        double to = Math.max(high, 0);
        if (!(to >= from) || Double.isInfinite(to - from)) {
            throw new IllegalArgumentException("Values from " + low + " to " + high + " are no range.");
        }
        if (to == from) {
            return new AffineQuantization(bits, 1, 0);
        }
        // Below the smallest normal number 1 / scale, which kernels multiply by, would overflow.
        float scale = (float) Math.max((to - from) / highest(bits), Float.MIN_NORMAL);
        int zeroPoint = (int) Math.clamp(Math.rint(-from / scale), 0, highest(bits));
        return new AffineQuantization(bits, scale, zeroPoint);
    }

    /** The largest integer of this width. */
    public static int highest(int bits) {
        return (1 << bits) - 1;
    }

    /** The largest integer. */
    public int highest() {
        return highest(bits);
    }

    /** What the integer 0 stands for. */
    public double low() {
        return (double) scale * -zeroPoint;
    }

    /** What the largest integer stands for. */
    public double high() {
        return (double) scale * (highest() - zeroPoint);
    }

    /** The number that stands for {@code x}, rounded half to even. */
    public double apply(double x) {
        double q = Math.clamp(Math.rint(x / scale) + zeroPoint, 0, highest());
        return scale * (q - zeroPoint);
    }
}
