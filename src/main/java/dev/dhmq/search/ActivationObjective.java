package dev.dhmq.search;

import dev.dhmq.quant.ActivationQuantization;
import dev.dhmq.quant.ObservedActivation;
import java.util.List;

/**
 * The calibration loss as a function of the activations' quantization, weights held as they are. Not safe for use by
 * several threads at once.
 */
public interface ActivationObjective {

    /**
     * The inputs and results of the quantizable layers, in the order of the layout; those of layers that never ran are
     * missing.
     */
    List<ObservedActivation> activations();

    /** Both parts of L with these activations quantized and all others float: one forward pass. */
    TaskLosses loss(List<ActivationQuantization> quantized);
}
