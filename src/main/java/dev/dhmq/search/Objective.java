package dev.dhmq.search;

import dev.dhmq.tensor.Backend;
import dev.dhmq.tensor.DeviceVector;
import dev.dhmq.tensor.ParameterLayout;

/**
 * The calibration loss L(w) as the search sees it: a function of one flat weight vector, with a gradient and products with
 * its Hessian.
 *
 * <p>Losses are means over the calibration images. A loss or gradient that is NaN or infinite is reported by
 * {@link NonFiniteLossException}, never returned. Not safe for use by several threads at once.
 */
public interface Objective {

    /** What plans call this objective, such as {@code task} or {@code effect}. */
    String name();

    /** The quantizable layers. */
    ParameterLayout layout();

    /** The backend whose memory {@link #weights()} lives in. */
    Backend backend();

    /** The weights the network computes with, length {@code layout().size()}. Writing here moves the network. */
    DeviceVector weights();

    /** Both parts of L at the current weights: one forward pass over the calibration set. */
    TaskLosses loss();

    /**
     * Both parts of L at the current weights, and the gradient of their weighted sum.
     *
     * @param gradient overwritten; length {@code layout().size()}
     */
    TaskLosses lossAndGradient(TaskWeights weights, DeviceVector gradient);

    /**
     * The exact Hessian of the weighted loss times {@code v}.
     *
     * @param product overwritten; length {@code layout().size()}
     */
    void hessianVectorProduct(TaskWeights weights, DeviceVector v, DeviceVector product);
}
