package dev.dhmq.search;

import dev.dhmq.quant.BitWidths;
import dev.dhmq.quant.WeightQuantizer;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;

/**
 * What a static method would predict: 1/2 t_l (|Q(W_l; b') - W_l|^2 - |Q(W_l; b) - W_l|^2) with the curvatures of the start,
 * which never learn. Kept beside the search's own prediction, so that the two can be compared step by step.
 */
final class StaticPrediction {
    private final double[] curvature;
    private final Map<Integer, double[]> squaredErrors;

    private StaticPrediction(double[] curvature, Map<Integer, double[]> squaredErrors) {
        this.curvature = curvature;
        this.squaredErrors = squaredErrors;
    }

    /** With the errors of every candidate width. */
    static StaticPrediction of(WeightQuantizer quantizer, BitWidths candidates, double[] curvature) {
        Map<Integer, double[]> errors = new HashMap<>();
        for (int width : candidates.widths()) {
            int[] bits = new int[curvature.length];
            Arrays.fill(bits, width);
            double[][] products = quantizer.perturbationProducts(bits, quantizer.floatWeights(), List.of());
            errors.put(width, Arrays.stream(products).mapToDouble(row -> row[0]).toArray());
        }
        return new StaticPrediction(curvature, errors);
    }

    /** Sum over these moves. */
    double of(List<BitMove> moves) {
        return moves.stream()
                .mapToDouble(d -> curvature[d.layer()] / 2 * (error(d.layer(), d.to()) - error(d.layer(), d.from())))
                .sum();
    }

    private double error(int layer, int width) {
        return Objects.requireNonNull(squaredErrors.get(width))[layer];
    }
}
