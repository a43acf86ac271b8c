package dev.dhmq.export.onnx;

import dev.dhmq.quant.AffineQuantization;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** The quantizable layers of a detector as nodes. Where several levels share a layer, so they do its constants. */
final class LayerNodes {
    private final OnnxGraph graph;
    private final DetectorParameters parameters;
    private final ActivationNodes activations;
    private final WeightNodes weights;
    private final Map<String, String> weightValues = new HashMap<>();
    private final Map<String, String> biasValues = new HashMap<>();

    LayerNodes(OnnxGraph graph, DetectorParameters parameters) {
        this.graph = graph;
        this.parameters = parameters;
        this.activations = new ActivationNodes(graph);
        this.weights = new WeightNodes(graph, parameters);
    }

    DetectorParameters parameters() {
        return parameters;
    }

    /** A convolution with a bias, padded by half its kernel. */
    String convolution(String layer, String x, int stride) {
        return convolution(layer, x, stride, ChannelFactors.bias(parameters, layer));
    }

    /** A convolution without one, and the batch norm after it. */
    String normedConvolution(String layer, String norm, String x, int stride) {
        return convolution(layer, x, stride, ChannelFactors.norm(parameters, norm));
    }

    private String convolution(String layer, String x, int stride, ChannelFactors factors) {
        long kernel = parameters.tensor(layer + ".weight").shape()[2];
        long pad = kernel / 2;
        return graph.node(
                layer,
                "Conv",
                operands(layer, x, factors),
                OnnxAttribute.of("kernel_shape", new long[] {kernel, kernel}),
                OnnxAttribute.of("strides", new long[] {stride, stride}),
                OnnxAttribute.of("pads", new long[] {pad, pad, pad, pad}));
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
        @Nullable AffineQuantization quantizer = parameters.activations().get(layer + ".weight");
        String input = quantizer == null ? x : activations.quantized(x, quantizer);
        String weight = weightValues.computeIfAbsent(layer, _ -> weights.weight(layer + ".weight", factors));
        String bias = biasValues.computeIfAbsent(layer, _ -> weights.bias(layer, factors, quantizer));
        return List.of(input, weight, bias);
    }
}
