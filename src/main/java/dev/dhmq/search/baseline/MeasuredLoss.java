package dev.dhmq.search.baseline;

import dev.dhmq.quant.WeightQuantizer;
import dev.dhmq.search.Objective;
import dev.dhmq.search.SearchCost;
import dev.dhmq.search.TaskWeights;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** The calibration loss under assignments of bits, each measured once. Closing it puts the float weights back. */
final class MeasuredLoss implements AutoCloseable {
    private final Objective objective;
    private final TaskWeights weights;
    private final WeightQuantizer quantizer;
    private final SearchCost cost;
    private final Map<List<Integer>, Double> known = new HashMap<>();

    MeasuredLoss(Objective objective, TaskWeights weights, WeightQuantizer quantizer, SearchCost cost) {
        this.objective = objective;
        this.weights = weights;
        this.quantizer = quantizer;
        this.cost = cost;
    }

    double of(int[] bits) {
        return known.computeIfAbsent(Arrays.stream(bits).boxed().toList(), _ -> measure(bits));
    }

    private double measure(int[] bits) {
        // Layers that are skipped keep what they have, which is float in every assignment.
        quantizer.quantize(bits, objective.weights());
        cost.countLoss();
        return objective.loss().weighted(weights);
    }

    @Override
    public void close() {
        objective.backend().copy(quantizer.floatWeights(), objective.weights());
    }
}
