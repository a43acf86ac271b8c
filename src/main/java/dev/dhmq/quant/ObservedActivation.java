package dev.dhmq.quant;

/**
 * One activation as calibration images have shown it.
 *
 * @param layer name of the layer it belongs to
 * @param site whether it is the layer's input or its result
 * @param elements numbers it has for one image, the mean over the images, rounded
 * @param histogram the values it takes
 */
public record ObservedActivation(String layer, ActivationSite site, long elements, ActivationHistogram histogram) {

    /** As it is quantized to so many bits, with a range chosen in this way. */
    public ActivationQuantization quantized(int bits, RangeMethod range) {
        return new ActivationQuantization(layer, site, range.choose(histogram, bits));
    }
}
