package dev.dhmq.eval.compare;

import java.util.Arrays;
import java.util.stream.DoubleStream;

/** Median and extremes of the same number over several seeds. */
public record Spread(double median, double least, double most) {
    /** The spread of at least one number. */
    public static Spread of(DoubleStream numbers) {
        double[] sorted = numbers.sorted().toArray();
        if (sorted.length == 0) {
            throw new IllegalArgumentException("No numbers have no median: " + Arrays.toString(sorted) + ".");
        }
        int middle = sorted.length / 2;
        double median = sorted.length % 2 == 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
        return new Spread(median, sorted[0], sorted[sorted.length - 1]);
    }
}
