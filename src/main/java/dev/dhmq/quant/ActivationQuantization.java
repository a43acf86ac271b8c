package dev.dhmq.quant;

/**
 * How the input of one layer is quantized.
 *
 * @param layer name of the layer whose input it is
 * @param quantizer its bits, scale and zero point
 */
public record ActivationQuantization(String layer, AffineQuantization quantizer) {}
