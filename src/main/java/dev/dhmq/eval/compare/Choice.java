package dev.dhmq.eval.compare;

import dev.dhmq.search.SearchCost;

/**
 * Bits a method chose for one budget, and what it took.
 *
 * @param bits of every layer; {@link dev.dhmq.tensor.Backend#SKIP} for float32
 * @param cost passes over the calibration images up to this choice, all that the method needs for it alone
 * @param seconds up to this choice, likewise
 * @param ranks of a search's predictions; none of other methods
 */
public record Choice(int[] bits, SearchCost.Count cost, double seconds, Ranks ranks) {

    /** The choice of a method that predicts no steps. */
    Choice(int[] bits, SearchCost.Count cost, double seconds) {
        this(bits, cost, seconds, Ranks.NONE);
    }
}
