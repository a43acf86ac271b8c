package dev.dhmq.quant;

import java.util.List;

/** From what an activation was seen to be, the range that its integers should span. */
public sealed interface RangeMethod {

    /** The methods there are, the usual one first. */
    static List<RangeMethod> all() {
        return List.of(new SquaredError(), new Percentile(Percentile.USUAL), new MinMax());
    }

    /** Name in plans and on the command line. */
    String label();

    /** The quantization to this many bits. */
    AffineQuantization choose(ActivationHistogram histogram, int bits);

    /** From the least to the largest value seen: nothing seen is cut off. */
    record MinMax() implements RangeMethod {
        @Override
        public String label() {
            return "min-max";
        }

        @Override
        public AffineQuantization choose(ActivationHistogram histogram, int bits) {
            return AffineQuantization.spanning(histogram.low(), histogram.high(), bits);
        }
    }

    /**
     * From one quantile to the opposite one, whatever the number of bits.
     *
     * @param share of the values that are not cut off above, nor, where values are negative, below; above 0.5, at most 1
     */
    record Percentile(double share) implements RangeMethod {
        /** One value in ten thousand is cut off. */
        public static final double USUAL = 0.9999;

        public Percentile {
            if (!(share > 0.5 && share <= 1)) {
                throw new IllegalArgumentException("A quantile must be above 0.5 and at most 1, but is " + share + ".");
            }
        }

        @Override
        public String label() {
            return "percentile";
        }

        @Override
        public AffineQuantization choose(ActivationHistogram histogram, int bits) {
            double low = share == 1 ? histogram.low() : histogram.quantile(1 - share);
            return AffineQuantization.spanning(low, histogram.quantile(share), bits);
        }
    }

    /**
     * The range of least squared error, over a grid of clipping ratios: first the same ratio at both ends, then either end
     * by itself.
     */
    record SquaredError() implements RangeMethod {
        /** Ratios fall by this factor, ... */
        private static final double STEP = 0.96;
        /** ... from 1 to 0.04: at 4 bits the best range of a long-tailed activation ends at a tenth of its maximum. */
        private static final int RATIOS = 80;

        @Override
        public String label() {
            return "squared-error";
        }

        @Override
        public AffineQuantization choose(ActivationHistogram histogram, int bits) {
            double low = Math.min(histogram.low(), 0);
            double high = Math.max(histogram.high(), 0);
            Search search = new Search(histogram, bits, low, high);
            for (int i = 1; i < RATIOS; i++) {
                double ratio = Math.pow(STEP, i);
                search.attempt(low * ratio, high * ratio);
            }
            if (low < 0 && high > 0) {
                for (int i = 0; i < RATIOS; i++) {
                    search.attempt(search.low, high * Math.pow(STEP, i));
                }
                for (int i = 0; i < RATIOS; i++) {
                    search.attempt(low * Math.pow(STEP, i), search.high);
                }
            }
            return search.best;
        }

        /** The best range so far. */
        private static final class Search {
            private final ActivationHistogram histogram;
            private final int bits;
            private double low;
            private double high;
            private AffineQuantization best;
            private double error;

            Search(ActivationHistogram histogram, int bits, double low, double high) {
                this.histogram = histogram;
                this.bits = bits;
                this.low = low;
                this.high = high;
                this.best = AffineQuantization.spanning(low, high, bits);
                this.error = histogram.squaredError(best);
            }

            void attempt(double from, double to) {
                AffineQuantization candidate = AffineQuantization.spanning(from, to, bits);
                double met = histogram.squaredError(candidate);
                if (met < error) { // the widest of equals: nothing is cut off for nothing
                    low = from;
                    high = to;
                    best = candidate;
                    error = met;
                }
            }
        }
    }
}
