package dev.dhmq.quant;

/** Where at a layer an activation is. */
public enum ActivationSite {
    /** What the layer computes on. */
    INPUT,

    /**
     * What a convolution makes, with its norm, where that is added to something or has several readers: at the end of a residual
     * block, beside it, and in the pyramid. Runtimes compute with integers from end to end only where it is rounded as well.
     */
    RESULT
}
