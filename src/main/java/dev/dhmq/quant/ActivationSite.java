package dev.dhmq.quant;

/** Where at a layer an activation is. */
public enum ActivationSite {
    /** What the layer computes on. */
    INPUT,

    /**
     * What a convolution makes, with its norm, where that is not only the input of layers: at the end of a residual block and beside
     * it, in the pyramid where it is added, and where RoIAlign reads it. A runtime computes such a convolution with integers from end
     * to end only where its result is rounded as well.
     */
    RESULT
}
