package dev.dhmq.export.onnx;

import dev.dhmq.model.DetectionModel;
import dev.dhmq.model.FakeQuantization;
import dev.dhmq.model.LearnedScales;
import dev.dhmq.model.NamedTensor;
import dev.dhmq.quant.ActivationQuantization;
import dev.dhmq.quant.BitAssignment;
import dev.dhmq.tensor.Backend;
import dev.dhmq.tensor.ParameterLayout;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * A layer's weights on their grid: integer times its channel's scale.
 *
 * @param bits 2 to 8
 * @param integers from -2^(bits-1) to 2^(bits-1)-1, channel after channel
 * @param scales of each channel; 0 where all of its integers are 0
 */
record IntegerWeights(int bits, byte[] integers, float[] scales) {

    /**
     * Quantizes a detector, which has the weights of the plan afterwards, as {@link FakeQuantization} gives it, and reads
     * them as integers. Layers left in float32 are not among them.
     *
     * @param activations those that will be quantized
     * @throws dev.dhmq.InvalidInputException as {@link FakeQuantization#apply} does
     */
    static Map<String, IntegerWeights> of(
            DetectionModel model,
            Backend backend,
            BitAssignment assignment,
            LearnedScales learned,
            List<ActivationQuantization> activations) {
        ParameterLayout layout = model.weights().layout();
        int[] bits = assignment.over(layout);
        LearnedScales scales = FakeQuantization.apply(model, backend, assignment, learned, activations);
        Map<String, IntegerWeights> layers = new LinkedHashMap<>();
        NamedTensor.all(model)
                .forEach((name, tensor) -> scales.ofLayer(name)
                        .ifPresent(found -> layers.put(name, onGrid(bits[layout.indexOf(name)], tensor, found))));
        return layers;
    }

    private static IntegerWeights onGrid(int bits, NamedTensor weights, float[] scales) {
        float[] values = weights.values();
        int channelSize = values.length / scales.length;
        byte[] integers = new byte[values.length];
        for (int i = 0; i < values.length; i++) {
            float scale = scales[i / channelSize];
            integers[i] = scale == 0 ? 0 : (byte) Math.rint((double) values[i] / scale);
        }
        return new IntegerWeights(bits, integers, scales);
    }
}
