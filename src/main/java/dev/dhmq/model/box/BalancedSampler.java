package dev.dhmq.model.box;

import java.util.Arrays;
import java.util.random.RandomGenerator;

/**
 * Chooses which boxes of an image a loss counts, so that the many that stand for background do not drown the few that
 * stand for objects: torchvision's {@code BalancedPositiveNegativeSampler}.
 *
 * @param samples boxes an image
 * @param positiveFraction at most this share of them stand for objects
 */
public record BalancedSampler(int samples, double positiveFraction) {

    /**
     * The boxes that count.
     *
     * @param positives positions in the given positives, ascending
     * @param negatives positions in the given negatives, ascending
     * @param positiveWeight how much each positive counts
     * @param negativeWeight how much each negative counts
     */
    public record Chosen(int[] positives, int[] negatives, double positiveWeight, double negativeWeight) {
        /** Sum of the weights: the number of boxes drawn, or its expectation. */
        public double total() {
            return positives.length * positiveWeight + negatives.length * negativeWeight;
        }
    }

    /** Draws at random; each chosen box counts as one. */
    public Chosen draw(int positives, int negatives, RandomGenerator random) {
        int wanted = wantedPositives(positives);
        return new Chosen(
                subset(positives, wanted, random), subset(negatives, wantedNegatives(wanted, negatives), random), 1, 1);
    }

    /**
     * Takes all boxes, each with the probability with which {@link #draw} takes it. A sum over them is the expectation of
     * the same sum over drawn ones, without its noise: what a measurement of a loss wants.
     */
    public Chosen expected(int positives, int negatives) {
        int wanted = wantedPositives(positives);
        return new Chosen(
                all(positives),
                all(negatives),
                positives == 0 ? 0 : (double) wanted / positives,
                negatives == 0 ? 0 : (double) wantedNegatives(wanted, negatives) / negatives);
    }

    private int wantedPositives(int positives) {
        return Math.min(positives, (int) (samples * positiveFraction));
    }

    private int wantedNegatives(int wantedPositives, int negatives) {
        return Math.min(negatives, samples - wantedPositives);
    }

    private static int[] subset(int count, int wanted, RandomGenerator random) {
        int[] order = all(count);
        // The first steps of a Fisher-Yates shuffle.
        for (int i = 0; i < wanted && wanted < count; i++) {
            int j = i + random.nextInt(count - i);
            int chosen = order[j];
            order[j] = order[i];
            order[i] = chosen;
        }
        int[] subset = Arrays.copyOf(order, wanted);
        Arrays.sort(subset);
        return subset;
    }

    private static int[] all(int count) {
        int[] indices = new int[count];
        Arrays.setAll(indices, i -> i);
        return indices;
    }
}
