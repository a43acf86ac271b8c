package dev.dhmq.search.baseline;

import dev.dhmq.search.Assignment;
import dev.dhmq.search.BitMove;
import dev.dhmq.search.Budget;
import dev.dhmq.search.SearchSettings;
import dev.dhmq.tensor.Backend;
import dev.dhmq.tensor.ParameterLayout;
import java.util.List;
import java.util.SplittableRandom;
import java.util.stream.IntStream;

/** Layers drawn at random go down to their next width, until the budget is met: what a method must beat to say anything. */
public final class RandomDowngrades {
    private RandomDowngrades() {}

    /**
     * The bits of every layer; the same seed gives the same.
     *
     * @throws dev.dhmq.InvalidInputException where no assignment meets the budget; the message says what can be met
     */
    public static int[] allocate(ParameterLayout layout, SearchSettings settings, Budget budget, long seed) {
        Assignment assignment = Assignment.start(layout, settings);
        assignment.requireReachable(budget);
        SplittableRandom random = new SplittableRandom(seed);
        while (!assignment.meets(budget)) {
            int[] lower = assignment.lower();
            int[] able = IntStream.range(0, lower.length)
                    .filter(l -> lower[l] != Backend.SKIP)
                    .toArray();
            BitMove drawn = assignment.downgrade(able[random.nextInt(able.length)], 0, 0, 0);
            assignment.apply(List.of(drawn));
        }
        return assignment.bits();
    }
}
