package dev.dhmq.search.baseline;

import dev.dhmq.quant.BitWidths;
import dev.dhmq.tensor.Backend;

/**
 * Omega_l(b): what a static method takes layer l at b bits to cost, for every layer and candidate, known before anything is
 * quantized. In units of the loss or any other; only comparisons count. A layer left in float32 costs nothing.
 *
 * @param candidates the widths
 * @param costs a row a layer, a finite number a candidate in their order
 */
public record CostTable(BitWidths candidates, double[][] costs) {
    public CostTable {
        for (double[] row : costs) {
            if (row.length != candidates.widths().size()) {
                throw new IllegalArgumentException("A layer has " + row.length + " costs for the "
                        + candidates.widths().size() + " widths " + candidates.widths() + ".");
            }
            for (double cost : row) {
                if (!Double.isFinite(cost)) {
                    throw new IllegalArgumentException("A layer's cost is " + cost + ".");
                }
            }
        }
    }

    /** A constant of each layer times what its widths have: Omega_l(b) = factor_l a_l(b). */
    static CostTable scaled(BitWidths candidates, double[] factors, double[][] amounts) {
        double[][] costs = new double[factors.length][];
        for (int l = 0; l < factors.length; l++) {
            costs[l] = amounts[l].clone();
            for (int k = 0; k < costs[l].length; k++) {
                costs[l][k] *= factors[l];
            }
        }
        return new CostTable(candidates, costs);
    }

    /** Omega_l(b) of one layer; 0 where {@code bits} is {@link Backend#SKIP}. */
    public double cost(int layer, int bits) {
        return bits == Backend.SKIP ? 0 : costs[layer][candidates.widths().indexOf(bits)];
    }

    /** Sum of Omega_l(b_l) over all layers. */
    public double total(int[] bits) {
        double sum = 0;
        for (int l = 0; l < bits.length; l++) {
            sum += cost(l, bits[l]);
        }
        return sum;
    }
}
