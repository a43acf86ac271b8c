package dev.dhmq.model.box;

import java.util.Comparator;
import java.util.stream.IntStream;

/** Order by score. */
final class Ranks {
    private Ranks() {}

    /** Indices of the scores, largest first; equal scores keep their order. */
    static int[] descending(double[] scores) {
        return IntStream.range(0, scores.length)
                .boxed()
                .sorted(Comparator.comparingDouble((Integer i) -> -scores[i]))
                .mapToInt(Integer::intValue)
                .toArray();
    }
}
