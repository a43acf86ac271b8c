package dev.dhmq.quant;

/**
 * The input of one layer as calibration images have shown it.
 *
 * @param layer name of the layer whose input it is
 * @param elements numbers it has for one image, the mean over the images, rounded
 * @param histogram the values it takes
 */
public record ObservedActivation(String layer, long elements, ActivationHistogram histogram) {}
