package dev.dhmq.quant;

/**
 * How one activation is quantized.
 *
 * @param layer name of the layer it belongs to
 * @param site whether it is the layer's input or its result
 * @param quantizer its bits, scale and zero point
 */
public record ActivationQuantization(String layer, ActivationSite site, AffineQuantization quantizer) {

    /** How the input of a layer is quantized. */
    public static ActivationQuantization ofInput(String layer, AffineQuantization quantizer) {
        return new ActivationQuantization(layer, ActivationSite.INPUT, quantizer);
    }
}
