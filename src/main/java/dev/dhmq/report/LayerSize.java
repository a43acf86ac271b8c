package dev.dhmq.report;

import dev.dhmq.quant.QuantizedSize;
import dev.dhmq.search.QuantizationPlan.LayerPlan;
import dev.dhmq.tensor.Backend;
import dev.dhmq.tensor.Layer;

/**
 * Bytes of one layer.
 *
 * @param floats in float32
 * @param packed its quantized weights, or float ones where it was left in float32
 * @param scales their scales
 */
record LayerSize(long floats, long packed, long scales) {
    static LayerSize of(LayerPlan layer) {
        long floats = Float.BYTES * layer.weights();
        if (layer.bits() == Backend.SKIP) {
            return new LayerSize(floats, floats, 0);
        }
        // One channel as long as the layer: the size of the packed weights does not depend on how they are divided.
        Layer flat = new Layer(layer.name(), 0, 1, Math.toIntExact(layer.weights()), 0);
        long packed = QuantizedSize.bytes(flat, layer.bits()) - Float.BYTES;
        return new LayerSize(floats, packed, (long) Float.BYTES * layer.channels());
    }

    /** Weights and scales. */
    long quantized() {
        return packed + scales;
    }
}
