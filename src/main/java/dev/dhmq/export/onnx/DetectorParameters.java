package dev.dhmq.export.onnx;

import dev.dhmq.model.DetectorConfig;
import dev.dhmq.model.NamedTensor;
import dev.dhmq.model.integer.IntegerLayer;
import dev.dhmq.model.integer.IntegerNetwork;
import dev.dhmq.model.integer.IntegerWeights;
import dev.dhmq.quant.AffineQuantization;
import java.util.Map;
import java.util.Optional;

/**
 * All numbers of a detector that is exported, free of LibTorch.
 *
 * @param tensors parameters and buffers by name
 * @param network what a plan has made of them
 */
record DetectorParameters(DetectorConfig config, Map<String, NamedTensor> tensors, IntegerNetwork network) {

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

    /** The integers of these weights, if they are. */
    Optional<IntegerWeights> integers(String weight) {
        return Optional.ofNullable(network.weights().get(weight));
    }

    /** How the input of the layer with these weights is rounded, if it is. */
    Optional<AffineQuantization> input(String weight) {
        return Optional.ofNullable(network.inputs().get(weight));
    }

    /** How the result of the layer with these weights is rounded, if it is. */
    Optional<AffineQuantization> result(String weight) {
        return Optional.ofNullable(network.results().get(weight));
    }

    /** The layer with these weights, if it computes with integers. */
    Optional<IntegerLayer> layer(String weight) {
        return Optional.ofNullable(network.layers().get(weight));
    }
}
