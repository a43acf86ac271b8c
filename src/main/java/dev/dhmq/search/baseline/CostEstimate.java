package dev.dhmq.search.baseline;

/**
 * A table of costs and where it comes from.
 *
 * @param costs Omega_l(b)
 * @param curvatures t_l a weight that the squared errors were multiplied by, as it was estimated: before it was clamped. All
 *     1 where there is no curvature in the model
 * @param standardErrors of the curvatures; infinite for a single probe, 0 where nothing was drawn at random
 */
public record CostEstimate(CostTable costs, double[] curvatures, double[] standardErrors) {}
