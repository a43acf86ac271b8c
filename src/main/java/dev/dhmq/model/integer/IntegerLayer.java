package dev.dhmq.model.integer;

import dev.dhmq.quant.AffineQuantization;
import dev.dhmq.quant.ProductGrid;

/**
 * A layer that computes with integers: sums of products of its weights' integers and its input's, and what the sums stand for
 * (Jacob et al., 2018, section 2). Sums of integers are the same in any order, so runtimes that take the numbers after them from
 * here, all float32, round alike to the last bit.
 *
 * @param input how the input is rounded
 * @param factors a bias or a batch norm, which is part of the layer
 * @param form what becomes of the sums
 */
public record IntegerLayer(IntegerWeights weights, AffineQuantization input, ChannelFactors factors, Form form) {
    /** Biases beyond this, in units of their grid, could make sums run over. */
    private static final double LARGEST_BIAS = 1 << 30;

    /** Up to here float32 has all integers. */
    static final double EXACT = 1 << 24;

    /** What becomes of sums. */
    public sealed interface Form {
        /**
         * They are rounded to eight bits right away: {@code round((multiple sum + bias) refinedStep / scale)}, within eight bits.
         *
         * @param next what they are rounded to
         */
        record Rounded(AffineQuantization next) implements Form {}

        /** They are needed as they are: {@code step sum + shift}. */
        record Scaled() implements Form {}

        /**
         * The first convolution's, of images: {@code refinedStep (multiple sum + bias)}, all of it in float32. Runtimes' kernels of integers
         * take four channels at a time, and images have three.
         */
        record OfImages() implements Form {}
    }

    /** Whether the numbers of this form have room for the bias beside the sums. */
    boolean isPossible() {
        return switch (form) {
            case Form.Rounded _ -> biasFits();
            case Form.Scaled _ -> true;
            case Form.OfImages _ -> biasFits() && fitsFloats();
        };
    }

    private boolean biasFits() {
        float[] steps = refinedSteps();
        for (int c = 0; c < steps.length; c++) {
            if (!(Math.abs(factors.shift()[c] / steps[c]) <= LARGEST_BIAS)) {
                return false;
            }
        }
        return true;
    }

    /** What a sum of 1 stands for, a channel each; negative where a norm's scale is. */
    public float[] steps() {
        float[] steps = factors.times(weights.scales());
        for (int c = 0; c < steps.length; c++) {
            steps[c] *= input.scale();
        }
        return steps;
    }

    /**
     * By how much the weights' integers are multiplied before anything is added to sums of them, see {@link ProductGrid}; negative where
     * an image's steps are, so that larger sums stand for larger values.
     */
    public int[] multiples() {
        float[] steps = steps();
        int multiple = ProductGrid.multiple(weights.bits());
        int[] multiples = new int[steps.length];
        for (int c = 0; c < steps.length; c++) {
            multiples[c] = form instanceof Form.OfImages && steps[c] < 0 ? -multiple : multiple;
        }
        return multiples;
    }

    /** What a multiplied sum of 1 stands for: the grid that biases are on. */
    public float[] refinedSteps() {
        float[] steps = steps();
        int[] multiples = multiples();
        for (int c = 0; c < steps.length; c++) {
            steps[c] /= multiples[c];
        }
        return steps;
    }

    /** The bias in units of {@link #refinedSteps()}. */
    public int[] bias() {
        float[] steps = refinedSteps();
        int[] bias = new int[steps.length];
        for (int c = 0; c < bias.length; c++) {
            bias[c] = Math.toIntExact(Math.round(Math.rint(factors.shift()[c] / steps[c])));
        }
        return bias;
    }

    /** How many steps of what it is rounded to a multiplied sum of 1 is. */
    float[] roundings(AffineQuantization next) {
        float[] roundings = refinedSteps();
        for (int c = 0; c < roundings.length; c++) {
            roundings[c] /= next.scale();
        }
        return roundings;
    }

    /** The integers of the weights. */
    public byte[] integers() {
        return weights.masked(factors);
    }

    /** The largest that a channel's sum could be, before it is multiplied. */
    double[] largestSums() {
        double[] largest = new double[weights.scales().length];
        byte[] integers = integers();
        int channelSize = integers.length / largest.length;
        int extent = Math.max(input.zeroPoint(), input.highest() - input.zeroPoint());
        for (int i = 0; i < integers.length; i++) {
            largest[i / channelSize] += Math.abs(integers[i]) * (double) extent;
        }
        return largest;
    }

    /** Whether float32 adds up products and bias without rounding. */
    private boolean fitsFloats() {
        double[] sums = largestSums();
        int[] bias = bias();
        int[] multiples = multiples();
        for (int c = 0; c < sums.length; c++) {
            if (sums[c] > 0 && sums[c] * Math.abs(multiples[c]) + Math.abs(bias[c]) > EXACT) {
                return false;
            }
        }
        return true;
    }
}
