package dev.dhmq.export.onnx;

import dev.dhmq.model.DetectorConfig;
import dev.dhmq.model.NamedTensor;
import dev.dhmq.quant.AffineQuantization;
import java.util.Map;

/**
 * All numbers of a detector that is exported, free of LibTorch.
 *
 * @param tensors parameters and buffers by name
 * @param integers weights on their grid, by the layer's name; the other layers are float32
 * @param inputs quantized inputs, by the layer's name; the other layers' are float32
 * @param results quantized results, by the layer's name; the other layers' are float32
 */
record DetectorParameters(
        DetectorConfig config,
        Map<String, NamedTensor> tensors,
        Map<String, IntegerWeights> integers,
        Map<String, AffineQuantization> inputs,
        Map<String, AffineQuantization> results) {

    boolean has(String name) {
        return tensors.containsKey(name);
    }

    NamedTensor tensor(String name) {
        NamedTensor tensor = tensors.get(name);
        if (tensor == null) {
            throw new IllegalArgumentException("The detector has no tensor " + name + ".");
        }
        return tensor;
    }

    float[] values(String name) {
        return tensor(name).values();
    }
}
