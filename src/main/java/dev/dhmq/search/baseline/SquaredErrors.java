package dev.dhmq.search.baseline;

import dev.dhmq.quant.BitWidths;
import dev.dhmq.quant.WeightQuantizer;
import dev.dhmq.tensor.Backend;
import java.util.List;

/** What quantization does to the weights, whatever the network makes of them. */
final class SquaredErrors {
    private SquaredErrors() {}

    /** |Q(W_l; b) - W_l|^2, a row a layer and a column a candidate; zeros for layers that keep their weights. */
    static double[][] of(WeightQuantizer quantizer, BitWidths candidates, boolean[] quantized) {
        List<Integer> widths = candidates.widths();
        double[][] errors = new double[quantized.length][widths.size()];
        for (int k = 0; k < widths.size(); k++) {
            int[] bits = new int[quantized.length];
            for (int l = 0; l < bits.length; l++) {
                bits[l] = quantized[l] ? widths.get(k) : Backend.SKIP;
            }
            double[][] products = quantizer.perturbationProducts(bits, quantizer.floatWeights(), List.of());
            for (int l = 0; l < bits.length; l++) {
                errors[l][k] = products[l][0];
            }
        }
        return errors;
    }
}
