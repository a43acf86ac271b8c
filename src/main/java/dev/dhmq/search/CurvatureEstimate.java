package dev.dhmq.search;

import java.util.Arrays;
import java.util.List;

/**
 * What a search believes of one layer's curvature before its first step.
 *
 * @param mean curvature per weight, t_l; zero or negative where the loss does not curve upwards
 * @param standardError of an estimate from random probes, infinite for a single one; 0 for a secant, which is no sample
 */
public record CurvatureEstimate(double mean, double standardError) {

    /** Of all layers, from no samples. */
    static List<CurvatureEstimate> exact(double[] means) {
        return Arrays.stream(means)
                .mapToObj(mean -> new CurvatureEstimate(mean, 0))
                .toList();
    }

    /** The means alone. */
    public static double[] means(List<CurvatureEstimate> estimates) {
        return estimates.stream().mapToDouble(CurvatureEstimate::mean).toArray();
    }
}
