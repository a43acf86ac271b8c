package dev.dhmq.curvature;

import dev.dhmq.tensor.DeviceVector;
import dev.dhmq.tensor.LayerVector;

/**
 * A step and the change of the gradient along it: the curvature met on the way. Owns both vectors.
 *
 * @param s w_new - w_old, of the layers that moved
 * @param y grad L(w_new) - grad L(w_old), damped where its curvature was too small
 * @param damped whether Powell's damping changed y
 */
public record CurvaturePair(LayerVector s, DeviceVector y, boolean damped) implements AutoCloseable {
    @Override
    public void close() {
        s.close();
        y.close();
    }
}
