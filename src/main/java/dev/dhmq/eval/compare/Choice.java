package dev.dhmq.eval.compare;

import dev.dhmq.search.SearchCost;
import java.util.OptionalDouble;

/**
 * Bits a method chose for one budget, and what it took.
 *
 * @param bits of every layer; {@link dev.dhmq.tensor.Backend#SKIP} for float32
 * @param cost passes over the calibration images up to this choice, all that the method needs for it alone
 * @param seconds up to this choice, likewise
 * @param rankCorrelation of predicted with measured loss changes of a search's steps; empty for other methods
 * @param freshRankCorrelation the same of the loss on images the search has not seen
 */
public record Choice(
        int[] bits,
        SearchCost.Count cost,
        double seconds,
        OptionalDouble rankCorrelation,
        OptionalDouble freshRankCorrelation) {

    /** The choice of a method that predicts no steps. */
    Choice(int[] bits, SearchCost.Count cost, double seconds) {
        this(bits, cost, seconds, OptionalDouble.empty(), OptionalDouble.empty());
    }
}
