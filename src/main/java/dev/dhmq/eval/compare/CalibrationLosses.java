package dev.dhmq.eval.compare;

import dev.dhmq.quant.BitWidths;
import dev.dhmq.quant.WeightQuantizer;
import dev.dhmq.search.Objective;
import dev.dhmq.search.TaskLosses;
import dev.dhmq.tensor.Backend;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/** The loss under assignments of bits, on the same images and by the same objective whatever method chose them. */
final class CalibrationLosses {
    private CalibrationLosses() {}

    /** Both parts of the usual loss on the situation's images, an assignment each. The float weights are back afterwards. */
    static List<TaskLosses> of(Situation situation, List<int[]> assignments) {
        return situation.with(situation.usualLoss(), objective -> of(objective, assignments));
    }

    /** The same of this objective, on its images. */
    static List<TaskLosses> of(Objective objective, List<int[]> assignments) {
        List<Integer> widths = assignments.stream()
                .flatMapToInt(Arrays::stream)
                .filter(b -> b != Backend.SKIP)
                .boxed()
                .distinct()
                .toList();
        List<TaskLosses> losses = new ArrayList<>();
        try (WeightQuantizer quantizer = new WeightQuantizer(
                objective.backend(),
                objective.layout(),
                objective.weights(),
                widths.isEmpty() ? BitWidths.of(BitWidths.WIDEST) : new BitWidths(widths))) {
            for (int[] bits : assignments) {
                objective.backend().copy(quantizer.floatWeights(), objective.weights());
                quantizer.quantize(bits, objective.weights());
                losses.add(objective.loss());
            }
            objective.backend().copy(quantizer.floatWeights(), objective.weights());
        }
        return losses;
    }
}
