package dev.dhmq.search;

import dev.dhmq.quant.WeightQuantizer;
import java.util.List;

/** What a search finds out before its first step, at the float weights: how the tasks weigh, and how the loss curves. */
final class Beginning {
    private Beginning() {}

    /** Balances the tasks, then estimates the starting curvature. */
    static SearchJournal.Start of(
            Objective objective, SearchSettings settings, boolean[] movable, WeightQuantizer quantizer) {
        SearchCost cost = new SearchCost();
        TaskBalance balance = settings.taskWeights()
                .map(TaskBalance::fixed)
                .orElseGet(() -> TaskBalance.equalize(objective, quantizer, movable, cost));
        List<CurvatureEstimate> curvature =
                settings.start().estimate(objective, balance.weights(), quantizer, movable, cost);
        List<CurvatureEstimate> classification = settings.byTask()
                ? settings.start().estimate(objective, ClassificationPart.ALONE, quantizer, movable, cost)
                : List.of();
        return new SearchJournal.Start(balance.weights(), balance.how(), curvature, classification, cost.count());
    }
}
