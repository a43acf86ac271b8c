package dev.dhmq.eval.compare;

import java.util.OptionalDouble;

/**
 * How well what a search's steps do to the loss is ordered beforehand: Spearman's correlations with what was measured, each empty where
 * there is nothing to correlate.
 *
 * @param predicted of the search's predictions
 * @param predictedStatic of a static prediction of the same steps, which never learns from those before
 * @param fresh of the search's predictions with the loss on images it has not seen
 */
public record Ranks(OptionalDouble predicted, OptionalDouble predictedStatic, OptionalDouble fresh) {
    /** Of methods that predict no steps. */
    static final Ranks NONE = new Ranks(OptionalDouble.empty(), OptionalDouble.empty(), OptionalDouble.empty());
}
