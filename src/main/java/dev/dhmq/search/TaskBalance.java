package dev.dhmq.search;

import dev.dhmq.quant.WeightQuantizer;
import dev.dhmq.tensor.Backend;
import java.util.Locale;

/**
 * Weights of the two tasks in the loss, and how they came about.
 *
 * @param weights a_cls and a_reg
 * @param how one phrase for reports
 */
public record TaskBalance(TaskWeights weights, String how) {
    /**
     * A part that hardly moves says little; it must not outweigh the other without bound. Real detectors need room,
     * though: with the objective {@code effect}, box deltas move so much less than class probabilities that equalising
     * them took a factor of 98 on RetinaNet-ResNet18.
     */
    private static final double LARGEST = 100;

    /** These weights, whatever the losses. */
    public static TaskBalance fixed(TaskWeights weights) {
        return new TaskBalance(weights, "fixed");
    }

    /**
     * Weights such that quantization raises both parts of the loss alike, so that neither hides the other: a_cls = 1, and
     * a_reg times the increase of L_reg is that of L_cls when all layers go to {@value SearchSettings#PROBE_BITS} bits at
     * once, within 1/100 to 100. Where a part does not increase there is nothing to equalise, and both are 1. Two losses.
     */
    public static TaskBalance equalize(
            Objective objective, WeightQuantizer quantizer, boolean[] movable, SearchCost cost) {
        TaskLosses atFloat = objective.loss();
        int[] probe = new int[movable.length];
        for (int l = 0; l < probe.length; l++) {
            probe[l] = movable[l] ? SearchSettings.PROBE_BITS : Backend.SKIP;
        }
        quantizer.quantize(probe, objective.weights());
        TaskLosses increase = objective.loss().minus(atFloat);
        objective.backend().copy(quantizer.floatWeights(), objective.weights());
        cost.countLoss();
        cost.countLoss();
        return of(increase);
    }

    private static TaskBalance of(TaskLosses increase) {
        String probe = String.format(
                Locale.ROOT,
                "at %d bits the classification loss changes by %.4g and the regression loss by %.4g",
                SearchSettings.PROBE_BITS,
                increase.classification(),
                increase.regression());
        if (isOneSided(increase)) {
            return new TaskBalance(TaskWeights.EQUAL, "equal, because a part does not increase: " + probe);
        }
        TaskWeights weights = equalizing(increase);
        return new TaskBalance(
                weights,
                (weights.regression() == ratio(increase) ? "equalised: " : "equalised as far as 1/100 to 100 allow: ")
                        + probe);
    }

    /** Weights that make both parts of an increase alike, within the same bounds. */
    static TaskWeights equalizing(TaskLosses increase) {
        return isOneSided(increase)
                ? TaskWeights.EQUAL
                : new TaskWeights(1, Math.clamp(ratio(increase), 1 / LARGEST, LARGEST));
    }

    private static boolean isOneSided(TaskLosses increase) {
        return !(increase.classification() > 0) || !(increase.regression() > 0);
    }

    private static double ratio(TaskLosses increase) {
        return increase.classification() / increase.regression();
    }
}
