package dev.dhmq.data;

import dev.dhmq.model.Sample;
import java.util.Arrays;
import java.util.List;
import java.util.SplittableRandom;
import java.util.stream.IntStream;

/** Images drawn from a data set to measure the loss on while quantizing. */
public final class CalibrationSet {
    private CalibrationSet() {}

    /**
     * Draws {@code count} different samples, or all where there are fewer. The same source, count and seed give the same
     * samples in the same order.
     */
    public static List<Sample> draw(SampleSource source, int count, long seed) {
        return IntStream.of(indices(source.size(), count, seed))
                .mapToObj(source::sample)
                .toList();
    }

    /**
     * Draws {@code count} different numbers from 0 to before {@code size}, or all where there are fewer, in an order that depends
     * on the seed alone.
     */
    public static int[] indices(int size, int count, long seed) {
        if (count < 1) {
            throw new IllegalArgumentException("A calibration set needs at least one image, not " + count + ".");
        }
        SplittableRandom random = new SplittableRandom(seed);
        int[] order = IntStream.range(0, size).toArray();
        int drawn = Math.min(count, size);
        // The first steps of a Fisher-Yates shuffle.
        for (int i = 0; i < drawn; i++) {
            int j = i + random.nextInt(size - i);
            int chosen = order[j];
            order[j] = order[i];
            order[i] = chosen;
        }
        return Arrays.copyOf(order, drawn);
    }
}
