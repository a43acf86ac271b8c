package dev.dhmq.quant;

/**
 * What values an activation takes: equal bins from the least to the largest value, and zeros, which ReLUs make many of,
 * by themselves. Every quantizer represents zero exactly, so that counting it into a bin would invent errors.
 *
 * <p>Made in two passes over the same values: {@link Extent} first, then {@link #add}. Not safe for use by several threads
 * at once.
 */
public final class ActivationHistogram {
    /** 16 bins a step at 8 bits; within a bin, values count as its centre. */
    private static final int BINS = 4096;

    private final double low;
    private final double high;
    private final double binWidth;
    private final long[] counts = new long[BINS];
    private long zeros;
    private long total;

    /**
     * The least and the largest of some values.
     *
     * @param low infinity where there is no value
     * @param high negative infinity where there is no value
     */
    public record Extent(double low, double high) {
        /** Of no values. */
        public static final Extent EMPTY = new Extent(Double.POSITIVE_INFINITY, Double.NEGATIVE_INFINITY);

        /** Of these values, none of them NaN. */
        public static Extent of(float... values) {
            float low = Float.POSITIVE_INFINITY;
            float high = Float.NEGATIVE_INFINITY;
            for (float value : values) {
                low = Math.min(low, value);
                high = Math.max(high, value);
            }
            return new Extent(low, high);
        }

        /** Of these values and those. */
        public Extent and(Extent other) {
            return new Extent(Math.min(low, other.low), Math.max(high, other.high));
        }

        public boolean isEmpty() {
            return low > high;
        }
    }

    /** A histogram of values within this extent, which must have some and be finite. */
    public ActivationHistogram(Extent extent) {
        if (extent.isEmpty() || !Double.isFinite(extent.low()) || !Double.isFinite(extent.high())) {
            throw new IllegalArgumentException(
                    "Values from " + extent.low() + " to " + extent.high() + " have no histogram.");
        }
        this.low = extent.low();
        this.high = extent.high();
        this.binWidth = (high - low) / BINS;
    }

    /** A histogram of exactly these values. */
    public static ActivationHistogram of(float... values) {
        ActivationHistogram histogram = new ActivationHistogram(Extent.of(values));
        histogram.add(values);
        return histogram;
    }

    /** Counts values, which must lie within the extent. */
    public void add(float... values) {
        for (float value : values) {
            if (value == 0) {
                zeros++;
            } else {
                counts[bin(value)]++;
            }
        }
        total += values.length;
    }

    private int bin(double value) {
        return Math.clamp((long) ((value - low) / binWidth), 0, BINS - 1); // 0 / 0, NaN, becomes 0
    }

    private double centre(int bin) {
        return low + (bin + 0.5) * binWidth;
    }

    /** Least value. */
    public double low() {
        return low;
    }

    /** Largest value. */
    public double high() {
        return high;
    }

    /** Number of values. */
    public long total() {
        return total;
    }

    /**
     * The least value, to a bin's width, such that at least this share of all values is not above it.
     *
     * @param share in (0, 1]
     */
    public double quantile(double share) {
        double wanted = share * total;
        double below = 0;
        boolean zerosCounted = false;
        for (int bin = 0; bin < BINS; bin++) {
            double upper = bin == BINS - 1 ? high : low + (bin + 1) * binWidth;
            if (!zerosCounted && upper >= 0) {
                zerosCounted = true;
                below += zeros;
                if (below >= wanted) {
                    return 0;
                }
            }
            below += counts[bin];
            if (counts[bin] > 0 && below >= wanted) {
                return upper;
            }
        }
        return high;
    }

    /** Sum of (Q(x) - x)^2 over the values, each taken as its bin's centre. */
    public double squaredError(AffineQuantization quantizer) {
        double sum = 0;
        for (int bin = 0; bin < BINS; bin++) {
            if (counts[bin] > 0) {
                double x = centre(bin);
                double error = quantizer.apply(x) - x;
                sum += counts[bin] * error * error;
            }
        }
        return sum;
    }
}
