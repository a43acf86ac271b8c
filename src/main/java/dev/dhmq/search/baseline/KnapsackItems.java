package dev.dhmq.search.baseline;

import dev.dhmq.quant.QuantizedSize;
import dev.dhmq.search.Assignment;
import dev.dhmq.search.Budget;
import dev.dhmq.tensor.Backend;
import dev.dhmq.tensor.Layer;
import dev.dhmq.tensor.ParameterLayout;
import java.util.List;

/**
 * A budget as a knapsack with one choice a layer: every kind of budget is a sum over layers that must not exceed a whole number.
 *
 * @param bits widths each layer may choose from, ascending; one for a layer that may not move
 * @param weights what each choice adds to the sum
 * @param costs Omega_l(b) of each choice; 0 for a layer that may not move
 * @param capacity what the sum may be at most
 */
record KnapsackItems(int[][] bits, long[][] weights, double[][] costs, long capacity) {

    static KnapsackItems of(ParameterLayout layout, Assignment start, CostTable table, Budget budget) {
        int[] now = start.bits();
        boolean[] movable = start.movable();
        List<Integer> candidates = table.candidates().widths();
        int[][] bits = new int[now.length][];
        long[][] weights = new long[now.length][];
        double[][] costs = new double[now.length][];
        for (int l = 0; l < now.length; l++) {
            bits[l] =
                    movable[l] ? candidates.stream().mapToInt(Integer::intValue).toArray() : new int[] {now[l]};
            weights[l] = new long[bits[l].length];
            costs[l] = new double[bits[l].length];
            for (int k = 0; k < bits[l].length; k++) {
                weights[l][k] = weight(layout, l, bits[l][k], budget);
                costs[l][k] = movable[l] ? table.cost(l, bits[l][k]) : 0;
            }
        }
        return new KnapsackItems(bits, weights, costs, capacity(layout, budget));
    }

    private static long weight(ParameterLayout layout, int l, int bits, Budget budget) {
        Layer layer = layout.layer(l);
        return switch (budget) {
            case Budget.CompressionRatio _, Budget.Bytes _ -> QuantizedSize.bytes(layer, bits);
            case Budget.MeanBits _ -> layer.size() * (bits == Backend.SKIP ? Float.SIZE : bits);
            case Budget.BitOperations operations -> operations.of(l, bits);
        };
    }

    /** The largest sum that meets the budget, by the very comparison the budget makes in floating point. */
    private static long capacity(ParameterLayout layout, Budget budget) {
        return switch (budget) {
            case Budget.Bytes(long bytes) -> bytes;
            case Budget.BitOperations operations -> (long) operations.most();
            case Budget.CompressionRatio(double ratio) -> {
                double whole = (double) Float.BYTES * layout.size();
                long most = (long) (whole / ratio);
                while (whole / most < ratio) {
                    most--;
                }
                while (whole / (most + 1) >= ratio) {
                    most++;
                }
                yield most;
            }
            case Budget.MeanBits(double mean) -> {
                long most = (long) (mean * layout.size());
                while ((double) most / layout.size() > mean) {
                    most--;
                }
                while ((double) (most + 1) / layout.size() <= mean) {
                    most++;
                }
                yield most;
            }
        };
    }

    int layers() {
        return bits.length;
    }
}
