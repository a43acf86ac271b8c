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
 * multiplied by their scales.
 */
final class LayerNodes {
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
        OnnxAttribute[] window = window(layer, stride);
        @Nullable AffineQuantization quantizer = quantizer(layer);
        if (quantizer == null || !parameters.integers().containsKey(layer + ".weight") || isRounded(readers)) {
            return graph.node(layer, "Conv", operands(layer, x, factors), window);
        }
        WeightNodes.Integers constants =
                integers.computeIfAbsent(layer, _ -> weights.integers(layer, factors, quantizer));
        ActivationNodes.Quantized input = activations.quantized(x, quantizer);
        List<String> operands =
                List.of(input.integers(), constants.weight(), input.zeroPoint(), constants.zeroPoint());
        String sums = graph.node(layer, "ConvInteger", operands, window);
        String products = graph.node("Cast", List.of(sums), OnnxAttribute.of("to", OnnxType.FLOAT.code()));
        String scaled = graph.node("Mul", List.of(products, constants.scale()));
        return graph.node("Add", List.of(scaled, constants.bias()));
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
        return graph.node(
                layer,
                "Gemm",
                operands(layer, x, ChannelFactors.bias(parameters, layer)),
                OnnxAttribute.of("transB", 1));
    }

    private List<String> operands(String layer, String x, ChannelFactors factors) {
        @Nullable AffineQuantization quantizer = quantizer(layer);
        String input = quantizer == null ? x : activations.quantized(x, quantizer).values();
        WeightNodes.Floats constants = floats.computeIfAbsent(layer, _ -> weights.floats(layer, factors, quantizer));
        return List.of(input, constants.weight(), constants.bias());
    }

    /** Whether nothing reads a result but layers that all round it to the same eight bits. */
    private boolean isRounded(List<String> readers) {
        return !readers.isEmpty()
                && readers.stream().map(this::quantizer).distinct().count() == 1
                && readers.stream()
                        .map(this::quantizer)
                        .allMatch(quantizer -> quantizer != null && quantizer.bits() == BitWidths.WIDEST);
    }

    private @Nullable AffineQuantization quantizer(String layer) {
        return parameters.activations().get(layer + ".weight");
    }
}
