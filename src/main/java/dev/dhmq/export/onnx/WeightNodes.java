package dev.dhmq.export.onnx;

import dev.dhmq.model.NamedTensor;
import dev.dhmq.quant.AffineQuantization;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** A layer's weights and bias as constants of a graph. */
final class WeightNodes {
    /** Integers of at most this many bits share bytes. */
    private static final int HALF_BYTE = 4;

    /** Biases beyond this, in units of their grid, stay float: sums on top of them could run over. */
    private static final double LARGEST_BIAS = 1 << 30;

    private final OnnxGraph graph;
    private final DetectorParameters parameters;

    WeightNodes(OnnxGraph graph, DetectorParameters parameters) {
        this.graph = graph;
        this.parameters = parameters;
    }

    /** The weights, with the factors' scale in them: floats, or integers and a DequantizeLinear with a scale a channel. */
    String weight(String layer, ChannelFactors factors) {
        NamedTensor tensor = parameters.tensor(layer);
        IntegerWeights integers = parameters.integers().get(layer);
        return integers == null ? floats(tensor, factors) : dequantized(tensor, integers, factors);
    }

    private String floats(NamedTensor tensor, ChannelFactors factors) {
        float[] values = tensor.values().clone();
        int channelSize = values.length / factors.scale().length;
        for (int i = 0; i < values.length; i++) {
            values[i] = (float) (values[i] * factors.scale()[i / channelSize]);
        }
        return graph.constant(tensor.name(), OnnxTensor.of(values, tensor.shape()));
    }

    private String dequantized(NamedTensor tensor, IntegerWeights weights, ChannelFactors factors) {
        byte[] values = weights.integers().clone();
        int channelSize = values.length / weights.scales().length;
        for (int i = 0; i < values.length; i++) {
            int channel = i / channelSize;
            if (factors.isZero(weights.scales()[channel], channel)) {
                values[i] = 0;
            }
        }
        float[] scales = factors.times(weights.scales());
        String scale = graph.constant(tensor.name() + ".scale", OnnxTensor.of(scales, scales.length));
        // All zero, as is the default, but ONNX Runtime's integer product of matrices wants it to be there.
        String zero = graph.constant(
                tensor.name() + ".zero", OnnxTensor.of(OnnxType.INT8, new byte[scales.length], scales.length));
        return graph.node(
                tensor.name() + ".dequantized",
                "DequantizeLinear",
                List.of(stored(tensor, values, weights.bits()), scale, zero),
                OnnxAttribute.of("axis", 0));
    }

    /** Integers of eight bits; small ones are kept as four and widened when the model is loaded. */
    private String stored(NamedTensor tensor, byte[] values, int bits) {
        if (bits > HALF_BYTE) {
            return graph.constant(tensor.name(), OnnxTensor.of(OnnxType.INT8, values, tensor.shape()));
        }
        String narrow = graph.constant(tensor.name(), OnnxTensor.ofNibbles(values, tensor.shape()));
        return graph.node(
                tensor.name() + ".widened", "Cast", List.of(narrow), OnnxAttribute.of("to", OnnxType.INT8.code()));
    }

    /**
     * The bias. Where weights and input are integers, so is the bias, on the grid of their products, for runtimes that
     * compute in integers: it moves by half a step at most, of which a weight of 1 and an activation of 1 make a whole.
     */
    String bias(String layer, ChannelFactors factors, @Nullable AffineQuantization input) {
        String name = layer + ".bias";
        float[] shifts = factors.shifts();
        IntegerWeights weights = parameters.integers().get(layer + ".weight");
        if (weights != null && input != null) {
            float[] steps = factors.times(weights.scales());
            int[] integers = new int[shifts.length];
            boolean fits = true;
            for (int c = 0; c < shifts.length; c++) {
                steps[c] *= input.scale();
                double rounded = Math.rint(shifts[c] / (double) steps[c]);
                fits &= Math.abs(rounded) <= LARGEST_BIAS;
                integers[c] = (int) rounded;
            }
            if (fits) {
                String scale = graph.constant(name + ".scale", OnnxTensor.of(steps, steps.length));
                String stored = graph.constant(name, OnnxTensor.of(integers, integers.length));
                return graph.node(
                        name + ".dequantized", "DequantizeLinear", List.of(stored, scale), OnnxAttribute.of("axis", 0));
            }
        }
        return graph.constant(name, OnnxTensor.of(shifts, shifts.length));
    }
}
