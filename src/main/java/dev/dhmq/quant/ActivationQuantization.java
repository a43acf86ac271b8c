package dev.dhmq.quant;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

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

    /** How the activations at one site are quantized, by the layers' names. */
    public static Map<String, AffineQuantization> byLayer(List<ActivationQuantization> all, ActivationSite site) {
        Map<String, AffineQuantization> quantizers = new LinkedHashMap<>();
        all.stream()
                .filter(activation -> activation.site() == site)
                .forEach(activation -> quantizers.put(activation.layer(), activation.quantizer()));
        return quantizers;
    }
}
