package dev.dhmq.eval.compare;

import java.util.OptionalDouble;

/**
 * How well what a search's steps do to the loss is ordered beforehand: Spearman's correlations with what was measured, each empty where
 * there is nothing to correlate.
 *
 * @param predicted of the search's predictions
 * @param unlearned of those that never learn from the steps before, at the curvatures of the start
 * @param fresh of the search's predictions with the loss on images it has not seen
 */
public record Ranks(OptionalDouble predicted, OptionalDouble unlearned, OptionalDouble fresh) {
    /** Of methods that predict no steps. */
    static final Ranks NONE = new Ranks(OptionalDouble.empty(), OptionalDouble.empty(), OptionalDouble.empty());
}
