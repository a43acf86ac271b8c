package dev.dhmq.search.baseline;

import dev.dhmq.search.Assignment;
import dev.dhmq.search.Budget;
import dev.dhmq.search.SearchSettings;
import dev.dhmq.tensor.ParameterLayout;
import java.util.List;
import java.util.stream.LongStream;

/** The same width for every layer that may move. */
public final class UniformBits {
    /** Ratios are written with few digits: 10.67 stands for 3 bits, which is 32 / 3. */
    private static final double FEW_DIGITS = 0.01;

    private UniformBits() {}

    /**
     * The widest width that meets the budget, scales counted as the budget counts them.
     *
     * @throws dev.dhmq.InvalidInputException where none does; the message says what can be met
     */
    public static int[] within(ParameterLayout layout, SearchSettings settings, Budget budget) {
        Assignment assignment = Assignment.start(layout, settings);
        assignment.requireReachable(budget);
        return settings.candidates().widths().reversed().stream()
                .map(width -> at(width, assignment))
                .filter(bits -> budget.metBy(layout, bits))
                .findFirst()
                .orElseThrow();
    }

    /**
     * The narrowest candidate that is not below the bits a weight the budget allows, scales not counted: 4 bits for a ratio of
     * 8, 3 bits for 10.67 and for 12.8. With scales it may be larger than the budget, never smaller than what the budget's name
     * promises, so a comparison with it favours uniform bits.
     */
    public static int[] nominal(ParameterLayout layout, SearchSettings settings, Budget budget) {
        double allowed = meanBits(layout, budget) - FEW_DIGITS;
        List<Integer> widths = settings.candidates().widths();
        int width = widths.stream().filter(w -> w >= allowed).findFirst().orElse(widths.getLast());
        return at(width, Assignment.start(layout, settings));
    }

    private static double meanBits(ParameterLayout layout, Budget budget) {
        return switch (budget) {
            case Budget.CompressionRatio(double ratio) -> Float.SIZE / ratio;
            case Budget.Bytes(long bytes) -> (double) Byte.SIZE * bytes / layout.size();
            case Budget.MeanBits(double mean) -> mean;
            case Budget.BitOperations operations ->
                operations.most()
                        / LongStream.of(operations.savedPerBit(layout)).sum();
        };
    }

    private static int[] at(int width, Assignment assignment) {
        int[] bits = assignment.bits();
        boolean[] movable = assignment.movable();
        for (int l = 0; l < bits.length; l++) {
            bits[l] = movable[l] ? width : bits[l];
        }
        return bits;
    }
}
