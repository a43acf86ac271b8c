package dev.dhmq.curvature;

import dev.dhmq.tensor.Backend;
import dev.dhmq.tensor.DeviceVector;
import dev.dhmq.tensor.ParameterLayout;

/**
 * Mean curvature per weight of every layer, tr(H_ll) / n_l, by Hutchinson's estimator (1990) with Rademacher probes:
 * E[v_l.(Hv)_l] = tr(H_ll). One product a probe serves all layers.
 *
 * @param mean estimate of each layer
 * @param standardError of each estimate; infinite for a single probe
 */
public record HutchinsonTrace(double[] mean, double[] standardError) {

    /** Estimates with this many probes; the same seed gives the same probes on every backend. */
    public static HutchinsonTrace estimate(
            Backend backend, ParameterLayout layout, HessianVectorProduct hessian, int probes, long seed) {
        int layers = layout.layers().size();
        double[] sum = new double[layers];
        double[] squares = new double[layers];
        double[] dots = new double[layers];
        try (DeviceVector v = backend.allocate(layout.size());
                DeviceVector product = backend.allocate(layout.size())) {
            for (int probe = 0; probe < probes; probe++) {
                backend.fillRademacher(seed, probe, v);
                hessian.apply(v, product);
                backend.segmentedDot(layout, v, product, dots);
                for (int l = 0; l < layers; l++) {
                    double sample = dots[l] / layout.layer(l).size();
                    sum[l] += sample;
                    squares[l] += sample * sample;
                }
            }
        }
        double[] mean = new double[layers];
        double[] standardError = new double[layers];
        for (int l = 0; l < layers; l++) {
            mean[l] = sum[l] / probes;
            double variance = Math.max(0, squares[l] / probes - mean[l] * mean[l]);
            standardError[l] = probes == 1 ? Double.POSITIVE_INFINITY : Math.sqrt(variance / (probes - 1));
        }
        return new HutchinsonTrace(mean, standardError);
    }
}
