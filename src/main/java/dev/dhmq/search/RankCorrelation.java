package dev.dhmq.search;

import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.Objects;
import java.util.OptionalDouble;
import java.util.function.ToDoubleFunction;
import java.util.stream.IntStream;

/** How well one list of numbers orders another. */
public final class RankCorrelation {
    private RankCorrelation() {}

    /**
     * Spearman's rank correlation (1904): Pearson's correlation of the ranks, equal values sharing the mean of theirs. From
     * -1 to 1; empty for fewer than two values, or where one list is the same value throughout.
     */
    public static OptionalDouble spearman(double[] a, double[] b) {
        if (a.length != b.length) {
            throw new IllegalArgumentException(
                    "Ranks of " + a.length + " and " + b.length + " values cannot be correlated.");
        }
        double[] rankA = ranks(a);
        double[] rankB = ranks(b);
        double mean = (a.length + 1) / 2.0;
        double ab = 0;
        double aa = 0;
        double bb = 0;
        for (int i = 0; i < a.length; i++) {
            ab += (rankA[i] - mean) * (rankB[i] - mean);
            aa += (rankA[i] - mean) * (rankA[i] - mean);
            bb += (rankB[i] - mean) * (rankB[i] - mean);
        }
        return aa == 0 || bb == 0 ? OptionalDouble.empty() : OptionalDouble.of(ab / Math.sqrt(aa * bb));
    }

    /** How well a search's predictions order the loss changes its steps then met. */
    public static OptionalDouble ofSteps(List<SearchStep> steps) {
        return spearman(
                steps.stream().mapToDouble(SearchStep::predicted).toArray(),
                steps.stream().mapToDouble(SearchStep::measured).toArray());
    }

    /** The same of one part of the loss; empty where the steps were not predicted by task. */
    public static OptionalDouble ofPart(List<SearchStep> steps, ToDoubleFunction<TaskLosses> part) {
        if (steps.stream().anyMatch(step -> step.predictedByTask() == null)) {
            return OptionalDouble.empty();
        }
        return spearman(
                steps.stream()
                        .mapToDouble(step -> part.applyAsDouble(Objects.requireNonNull(step.predictedByTask())))
                        .toArray(),
                steps.stream()
                        .mapToDouble(step -> part.applyAsDouble(step.change()))
                        .toArray());
    }

    /** The same with what a static method would have predicted of these steps. */
    public static OptionalDouble ofStaticSteps(List<SearchStep> steps) {
        return spearman(
                steps.stream().mapToDouble(SearchStep::predictedStatic).toArray(),
                steps.stream().mapToDouble(SearchStep::measured).toArray());
    }

    /**
     * Whether a correlation this low is no evidence of any: below the one-sided 5 % point of the normal approximation, 1.645 /
     * sqrt(n - 1), which is rough for few values.
     */
    public static boolean isChance(double correlation, int values) {
        return correlation < 1.645 / Math.sqrt(values - 1.0);
    }

    /** Rank of every value, from 1; equal values have the mean of the ranks they take up together. */
    static double[] ranks(double[] values) {
        int[] order = IntStream.range(0, values.length)
                .boxed()
                .sorted(Comparator.comparingDouble(i -> values[i]))
                .mapToInt(Integer::intValue)
                .toArray();
        double[] ranks = new double[values.length];
        for (int from = 0; from < order.length; ) {
            int to = from + 1;
            while (to < order.length && values[order[to]] == values[order[from]]) {
                to++;
            }
            double shared = (from + 1 + to) / 2.0;
            Arrays.stream(order, from, to).forEach(i -> ranks[i] = shared);
            from = to;
        }
        return ranks;
    }
}
