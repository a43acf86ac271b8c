package dev.dhmq.search;

import dev.dhmq.quant.WeightQuantizer;
import dev.dhmq.tensor.Backend;

/** Weights of the two tasks such that quantization raises both parts of the loss alike, so that neither hides the other. */
final class TaskBalance {
    /** A part that hardly moves says little; it must not outweigh the other for that. */
    private static final double LARGEST = 100;

    private TaskBalance() {}

    /**
     * a_cls = 1, and a_reg such that a_reg times the increase of L_reg is that of L_cls when all layers go to
     * {@value SearchSettings#PROBE_BITS} bits at once, within 1/100 to 100. Where a part does not increase, both are 1.
     */
    static TaskWeights equalize(Objective objective, WeightQuantizer quantizer, boolean[] movable, SearchCost cost) {
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
        if (!(increase.classification() > 0) || !(increase.regression() > 0)) {
            return TaskWeights.EQUAL;
        }
        return new TaskWeights(1, Math.clamp(increase.classification() / increase.regression(), 1 / LARGEST, LARGEST));
    }
}
