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

    /** A layer that computes with floats, or with what integers stand for. */
    record Floats(String weight, String bias) {}

    /**
     * A layer that computes with integers.
     *
     * @param weight uint8
     * @param zeroPoint the integer that stands for 0
     * @param scale of the sums of products, a channel each
     * @param bias added to what is scaled
     */
    record Integers(String weight, String zeroPoint, String scale, String bias) {}

    /**
     * The weights with the factors' scale in them, as floats, or as integers and a DequantizeLinear with a scale a channel.
     *
     * @param input how the layer's input is rounded, if it is
     */
    Floats floats(String layer, ChannelFactors factors, @Nullable AffineQuantization input) {
        NamedTensor tensor = parameters.tensor(layer + ".weight");
        IntegerWeights weights = parameters.integers().get(tensor.name());
        if (weights == null) {
            return new Floats(folded(tensor, factors), floatBias(layer, factors));
        }
        return new Floats(
                dequantized(tensor, weights, factors),
                input == null ? floatBias(layer, factors) : roundedBias(layer, factors, weights, input));
    }

    /** The weights as unsigned integers, with what their sums with those of the input are multiplied by. */
    Integers integers(String layer, ChannelFactors factors, AffineQuantization input) {
        NamedTensor tensor = parameters.tensor(layer + ".weight");
        IntegerWeights weights = parameters.integers().get(tensor.name());
        if (weights == null) {
            throw new IllegalArgumentException(layer + " has no integer weights.");
        }
        // Unsigned, because ONNX Runtime's product of signed weights and unsigned inputs is ten times as slow on x86.
        int zero = weights.bits() > HALF_BYTE ? 1 << 7 : 1 << (HALF_BYTE - 1);
        byte[] values = masked(weights, factors);
        for (int i = 0; i < values.length; i++) {
            values[i] += (byte) zero;
        }
        String stored;
        if (weights.bits() > HALF_BYTE) {
            stored = graph.constant(tensor.name(), OnnxTensor.of(OnnxType.UINT8, values, tensor.shape()));
        } else {
            stored = widened(
                    graph.constant(tensor.name(), OnnxTensor.ofNibbles(OnnxType.UINT4, values, tensor.shape())),
                    tensor.name(),
                    OnnxType.UINT8);
        }
        float[] steps = steps(factors, weights, input);
        float[] shifts = factors.shifts();
        return new Integers(
                stored,
                graph.constant(
                        tensor.name() + ".zero", OnnxTensor.of(OnnxType.UINT8, new byte[] {(byte) zero})),
                graph.constant(tensor.name() + ".scale", OnnxTensor.of(steps, 1, steps.length, 1, 1)),
                graph.constant(layer + ".bias", OnnxTensor.of(shifts, 1, shifts.length, 1, 1)));
    }

    private String folded(NamedTensor tensor, ChannelFactors factors) {
        float[] values = tensor.values().clone();
        int channelSize = values.length / factors.scale().length;
        for (int i = 0; i < values.length; i++) {
            values[i] = (float) (values[i] * factors.scale()[i / channelSize]);
        }
        return graph.constant(tensor.name(), OnnxTensor.of(values, tensor.shape()));
    }

    private String dequantized(NamedTensor tensor, IntegerWeights weights, ChannelFactors factors) {
        String name = tensor.name();
        byte[] values = masked(weights, factors);
        float[] scales = factors.times(weights.scales());
        String stored = weights.bits() > HALF_BYTE
                ? graph.constant(name, OnnxTensor.of(OnnxType.INT8, values, tensor.shape()))
                : widened(
                        graph.constant(name, OnnxTensor.ofNibbles(OnnxType.INT4, values, tensor.shape())),
                        name,
                        OnnxType.INT8);
        String scale = graph.constant(name + ".scale", OnnxTensor.of(scales, scales.length));
        // All zero, as is the default, but ONNX Runtime's integer product of matrices wants it to be there.
        String zero =
                graph.constant(name + ".zero", OnnxTensor.of(OnnxType.INT8, new byte[scales.length], scales.length));
        return graph.node(
                name + ".dequantized",
                "DequantizeLinear",
                List.of(stored, scale, zero),
                OnnxAttribute.of("axis", 0));
    }

    /** The integers; zero in channels whose scale would be. */
    private static byte[] masked(IntegerWeights weights, ChannelFactors factors) {
        byte[] values = weights.integers().clone();
        int channelSize = values.length / weights.scales().length;
        for (int i = 0; i < values.length; i++) {
            int channel = i / channelSize;
            if (factors.isZero(weights.scales()[channel], channel)) {
                values[i] = 0;
            }
        }
        return values;
    }

    /** Integers of four bits in eight, once, when the model is loaded: runtimes compute with eight. */
    private String widened(String narrow, String name, OnnxType type) {
        return graph.node(name + ".widened", "Cast", List.of(narrow), OnnxAttribute.of("to", type.code()));
    }

    private String floatBias(String layer, ChannelFactors factors) {
        float[] shifts = factors.shifts();
        return graph.constant(layer + ".bias", OnnxTensor.of(shifts, shifts.length));
    }

    /**
     * The bias on the grid of the products, as runtimes that compute in integers want it: it moves by half a step at most, of
     * which a weight of 1 and an activation of 1 make a whole.
     */
    private String roundedBias(
            String layer, ChannelFactors factors, IntegerWeights weights, AffineQuantization input) {
        float[] shifts = factors.shifts();
        float[] steps = steps(factors, weights, input);
        int[] integers = new int[shifts.length];
        for (int c = 0; c < shifts.length; c++) {
            double rounded = Math.rint(shifts[c] / (double) steps[c]);
            if (!(Math.abs(rounded) <= LARGEST_BIAS)) {
                return floatBias(layer, factors);
            }
            integers[c] = (int) rounded;
        }
        String name = layer + ".bias";
        String scale = graph.constant(name + ".scale", OnnxTensor.of(steps, steps.length));
        String stored = graph.constant(name, OnnxTensor.of(integers, integers.length));
        return graph.node(
                name + ".dequantized", "DequantizeLinear", List.of(stored, scale), OnnxAttribute.of("axis", 0));
    }

    /** What a product of a weight of 1 and an input of 1 stands for, a channel each. */
    private static float[] steps(ChannelFactors factors, IntegerWeights weights, AffineQuantization input) {
        float[] steps = factors.times(weights.scales());
        for (int c = 0; c < steps.length; c++) {
            steps[c] *= input.scale();
        }
        return steps;
    }
}
