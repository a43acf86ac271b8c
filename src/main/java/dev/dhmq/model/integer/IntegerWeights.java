package dev.dhmq.model.integer;

import dev.dhmq.model.LearnedScales;
import dev.dhmq.model.NamedTensor;
import dev.dhmq.tensor.ParameterLayout;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * A layer's weights on their grid: integer times its channel's scale.
 *
 * @param bits 2 to 8
 * @param integers from -2^(bits-1) to 2^(bits-1)-1, channel after channel
 * @param scales of each channel; 0 where all of its integers are 0
 */
public record IntegerWeights(int bits, byte[] integers, float[] scales) {

    /**
     * Reads fake-quantized weights as integers. Layers left in float32 are not among them.
     *
     * @param bits of each layer of the layout
     * @param scales that the weights lie on the grid of
     */
    static Map<String, IntegerWeights> of(
            ParameterLayout layout, int[] bits, Map<String, NamedTensor> tensors, LearnedScales scales) {
        Map<String, IntegerWeights> layers = new LinkedHashMap<>();
        tensors.forEach((name, tensor) -> scales.ofLayer(name)
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

    /** The integers as they are multiplied with, see {@link ChannelFactors}; zero in channels whose scale would be. */
    public byte[] masked(ChannelFactors factors) {
        byte[] values = integers.clone();
        int channelSize = values.length / scales.length;
        for (int i = 0; i < values.length; i++) {
            int channel = i / channelSize;
            if (factors.isZero(scales[channel], channel)) {
                values[i] = 0;
            }
        }
        return values;
    }
}
