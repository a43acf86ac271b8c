package dev.dhmq.data;

import dev.dhmq.model.Sample;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;

/** Images drawn from a data set to measure the loss on while quantizing. */
public final class CalibrationSet {
    private CalibrationSet() {}

    /**
     * Draws {@code count} different samples, or all where there are fewer. The same source, count and seed give the same
     * samples in the same order.
     */
    public static List<Sample> draw(SampleSource source, int count, long seed) {
        if (count < 1) {
            throw new IllegalArgumentException("A calibration set needs at least one image, not " + count + ".");
        }
        SplittableRandom random = new SplittableRandom(seed);
        int[] order = new int[source.size()];
        List<Sample> drawn = new ArrayList<>();
        // The first steps of a Fisher-Yates shuffle.
        for (int i = 0; i < order.length; i++) {
            order[i] = i;
        }
        for (int i = 0; i < Math.min(count, order.length); i++) {
            int j = i + random.nextInt(order.length - i);
            int chosen = order[j];
            order[j] = order[i];
            drawn.add(source.sample(chosen));
        }
        return drawn;
    }
}
