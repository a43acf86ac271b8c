package dev.dhmq.curvature;

import dev.dhmq.tensor.Backend;
import dev.dhmq.tensor.DeviceVector;
import dev.dhmq.tensor.ParameterLayout;

/**
 * Applies H, the inverse of B for the same pairs and the same t, by the two-loop recursion (Nocedal and Wright, Algorithm
 * 7.4). {@code -H g} is the quasi-Newton step.
 */
public final class TwoLoopRecursion {
    private TwoLoopRecursion() {}

    /**
     * {@code direction <- H direction}.
     *
     * @param t curvature of each layer in B0; H0 = diag(1 / t_l I)
     */
    public static void apply(
            Backend backend, ParameterLayout layout, LbfgsMemory memory, double[] t, DeviceVector direction) {
        double[] inverse = new double[t.length];
        for (int l = 0; l < t.length; l++) {
            inverse[l] = 1 / t[l];
        }
        backend.twoLoopRecursion(layout, memory.steps(), memory.changes(), memory.products(), inverse, direction);
    }
}
