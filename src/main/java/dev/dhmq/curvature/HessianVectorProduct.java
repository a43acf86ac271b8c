package dev.dhmq.curvature;

import dev.dhmq.tensor.DeviceVector;

/** Multiplies vectors by the Hessian of a loss. */
@FunctionalInterface
public interface HessianVectorProduct {
    /** {@code product = H v}. */
    void apply(DeviceVector v, DeviceVector product);
}
