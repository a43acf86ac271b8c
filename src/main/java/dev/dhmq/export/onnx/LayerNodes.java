package dev.dhmq.export.onnx;

import dev.dhmq.quant.AffineQuantization;
import dev.dhmq.quant.BitWidths;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * The quantizable layers of a detector as nodes. Where several levels share a layer, so they do its constants.
 *
 * <p>A convolution of integers takes one of two forms, and both are sums of products of the same integers. Where its result is
 * rounded to integers again, DequantizeLinear stands before it and QuantizeLinear behind it, which runtimes merge into one
 * operation. Where its result is needed as it is, no runtime has such an operation, and it is a ConvInteger whose sums are
 * multiplied by their scales; so is every matrix product. One of images, with their three channels, computes with what the
 * integers stand for, on which runtimes are faster: their kernels of integers take four channels at a time.
 */
final class LayerNodes {
    private static final int FEWEST_CHANNELS = 4;

    private final OnnxGraph graph;
    private final DetectorParameters parameters;
    private final ActivationNodes activations;
    private final WeightNodes weights;
    private final Map<String, WeightNodes.Floats> floats = new HashMap<>();
    private final Map<String, WeightNodes.Integers> integers = new HashMap<>();

    LayerNodes(OnnxGraph graph, DetectorParameters parameters) {
        this.graph = graph;
        this.parameters = parameters;
        this.activations = new ActivationNodes(graph);
        this.weights = new WeightNodes(graph, parameters);
    }

    DetectorParameters parameters() {
        return parameters;
    }

    /**
     * A convolution with a bias, padded by half its kernel.
     *
     * @param readers the layers that read the result, where after a ReLU nothing else does
     */
    String convolution(String layer, String x, int stride, String... readers) {
        return convolution(layer, x, stride, ChannelFactors.bias(parameters, layer), List.of(readers));
    }

    /** A convolution without one, and the batch norm after it. */
    String normedConvolution(String layer, String norm, String x, int stride, String... readers) {
        return convolution(layer, x, stride, ChannelFactors.norm(parameters, norm), List.of(readers));
    }

    private String convolution(String layer, String x, int stride, ChannelFactors factors, List<String> readers) {
        @Nullable AffineQuantization result = parameters.results().get(layer + ".weight");
        if (result == null) {
            return convolution(layer, x, stride, factors, next(readers));
        }
        return activations.values(convolution(layer, x, stride, factors, result), result);
    }

    /** @param next what rounds its output, or null where it is needed as it is */
    private String convolution(
            String layer, String x, int stride, ChannelFactors factors, @Nullable AffineQuantization next) {
        OnnxAttribute[] window = window(layer, stride);
        @Nullable AffineQuantization quantizer = quantizer(layer);
        if (quantizer == null || !weights.areIntegers(layer)) {
            return graph.node(layer, "Conv", operands(layer, x, factors, quantizer), window);
        }
        if (weights.inputChannels(layer) < FEWEST_CHANNELS) {
            WeightNodes.Floats constants = floats.computeIfAbsent(layer, _ -> weights.loadedFloats(layer, factors));
            String input = activations.values(x, quantizer);
            return graph.node(layer, "Conv", List.of(input, constants.weight(), constants.bias()), window);
        }
        if (next != null && weights.biasFits(layer, factors, quantizer)) {
            return graph.node(layer, "Conv", roundedOperands(layer, x, factors, quantizer), window);
        }
        WeightNodes.Integers constants =
                integers.computeIfAbsent(layer, _ -> weights.unsigned(layer, factors, quantizer));
        return scaled(graph.node(layer, "ConvInteger", operands(x, constants, quantizer), window), constants);
    }

    private OnnxAttribute[] window(String layer, int stride) {
        long kernel = parameters.tensor(layer + ".weight").shape()[2];
        long pad = kernel / 2;
        return new OnnxAttribute[] {
            OnnxAttribute.of("kernel_shape", new long[] {kernel, kernel}),
            OnnxAttribute.of("strides", new long[] {stride, stride}),
            OnnxAttribute.of("pads", new long[] {pad, pad, pad, pad})
        };
    }

    /** A fully connected layer with a bias, from [N, inputs] to [N, outputs]. */
    String linear(String layer, String x) {
        ChannelFactors factors = ChannelFactors.bias(parameters, layer);
        @Nullable AffineQuantization quantizer = quantizer(layer);
        if (quantizer == null || !weights.areIntegers(layer)) {
            return graph.node(layer, "Gemm", operands(layer, x, factors, quantizer), OnnxAttribute.of("transB", 1));
        }
        WeightNodes.Integers constants = weights.transposed(layer, factors, quantizer);
        return scaled(graph.node(layer, "MatMulInteger", operands(x, constants, quantizer)), constants);
    }

    private List<String> operands(
            String layer, String x, ChannelFactors factors, @Nullable AffineQuantization quantizer) {
        String input = quantizer == null ? x : activations.values(x, quantizer);
        WeightNodes.Floats constants = floats.computeIfAbsent(layer, _ -> weights.floats(layer, factors));
        return List.of(input, constants.weight(), constants.bias());
    }

    private List<String> roundedOperands(String layer, String x, ChannelFactors factors, AffineQuantization quantizer) {
        WeightNodes.Floats constants =
                floats.computeIfAbsent(layer, _ -> weights.roundedFloats(layer, factors, quantizer));
        return List.of(activations.values(x, quantizer), constants.weight(), constants.bias());
    }

    private List<String> operands(String x, WeightNodes.Integers constants, AffineQuantization quantizer) {
        ActivationNodes.Quantized input = activations.quantized(x, quantizer);
        return List.of(input.integers(), constants.weight(), input.zeroPoint(), constants.zeroPoint());
    }

    /** What sums of integers stand for. */
    private String scaled(String sums, WeightNodes.Integers constants) {
        String products = graph.node("Cast", List.of(sums), OnnxAttribute.of("to", OnnxType.FLOAT.code()));
        return graph.node("Add", List.of(graph.node("Mul", List.of(products, constants.scale())), constants.bias()));
    }

    /** The eight bits to which all readers round a result, where they are the same. */
    private @Nullable AffineQuantization next(List<String> readers) {
        @Nullable AffineQuantization first = readers.isEmpty() ? null : quantizer(readers.getFirst());
        boolean same = first != null
                && first.bits() == BitWidths.WIDEST
                && readers.stream().allMatch(reader -> first.equals(quantizer(reader)));
        return same ? first : null;
    }

    private @Nullable AffineQuantization quantizer(String layer) {
        return parameters.inputs().get(layer + ".weight");
    }
}
