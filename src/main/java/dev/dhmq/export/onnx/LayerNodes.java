package dev.dhmq.export.onnx;

import dev.dhmq.model.integer.ChannelFactors;
import dev.dhmq.model.integer.IntegerLayer;
import dev.dhmq.quant.AffineQuantization;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * The quantizable layers of a detector as nodes. Where several levels share a layer, so they do its constants.
 *
 * <p>A convolution of integers takes the {@link IntegerLayer.Form} it has. Where its result is rounded to integers again,
 * DequantizeLinear stands before it and QuantizeLinear behind it, which runtimes merge into one operation, QLinearConv. Where its
 * result is needed as it is, no runtime has such an operation, and it is a ConvInteger whose sums are multiplied by their scales; so
 * is every matrix product. That of images is a Conv of floats that are integers.
 */
final class LayerNodes {
    private final OnnxGraph graph;
    private final DetectorParameters parameters;
    private final ActivationNodes activations;
    private final WeightNodes weights;
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

    /** A convolution with a bias, padded by half its kernel. */
    String convolution(String layer, String x, int stride) {
        return convolution(layer, x, stride, ChannelFactors.bias(parameters.tensors(), layer + ".bias"));
    }

    /** A convolution without one, and the batch norm after it. */
    String normedConvolution(String layer, String norm, String x, int stride) {
        double epsilon = parameters.config().norms().epsilon();
        return convolution(layer, x, stride, ChannelFactors.norm(parameters.tensors(), norm, epsilon));
    }

    private String convolution(String layer, String x, int stride, ChannelFactors factors) {
        OnnxAttribute[] window = window(layer, stride);
        String y = parameters
                .layer(layer + ".weight")
                .map(integer -> convolution(layer, integer, x, window))
                .orElseGet(() -> graph.node(layer, "Conv", operands(layer, x, factors), window));
        return parameters
                .result(layer + ".weight")
                .map(result -> activations.values(y, result))
                .orElse(y);
    }

    private String convolution(String name, IntegerLayer layer, String x, OnnxAttribute[] window) {
        return switch (layer.form()) {
            case IntegerLayer.Form.Rounded _ -> {
                WeightNodes.Floats constants = weights.rounded(name, layer);
                String input = activations.values(x, layer.input());
                yield graph.node(name, "Conv", List.of(input, constants.weight(), constants.bias()), window);
            }
            case IntegerLayer.Form.Scaled _ -> {
                WeightNodes.Integers constants = integers.computeIfAbsent(name, _ -> weights.unsigned(name, layer));
                yield scaled(graph.node(name, "ConvInteger", operands(x, constants, layer), window), constants);
            }
            case IntegerLayer.Form.OfImages _ -> {
                WeightNodes.Floats constants = weights.ofImages(name, layer);
                String input = activations.wholes(x, layer.input());
                yield graph.node(name, "Conv", List.of(input, constants.weight(), constants.bias()), window);
            }
        };
    }

    /** What a convolution of images stands for, after a ReLU and pooling, which leave the order of its numbers as it is. */
    String valuesOfImages(String layer, String x) {
        Optional<IntegerLayer> ofImages = parameters
                .layer(layer + ".weight")
                .filter(integer -> integer.form() instanceof IntegerLayer.Form.OfImages);
        return ofImages.map(integer -> graph.node("Mul", List.of(x, weights.stepsOfImages(layer, integer))))
                .orElse(x);
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
        ChannelFactors factors = ChannelFactors.bias(parameters.tensors(), layer + ".bias");
        Optional<IntegerLayer> integer = parameters.layer(layer + ".weight");
        if (integer.isEmpty()) {
            return graph.node(layer, "Gemm", operands(layer, x, factors), OnnxAttribute.of("transB", 1));
        }
        WeightNodes.Integers constants = weights.transposed(layer, integer.get());
        return scaled(graph.node(layer, "MatMulInteger", operands(x, constants, integer.get())), constants);
    }

    private List<String> operands(String layer, String x, ChannelFactors factors) {
        Optional<AffineQuantization> quantizer = parameters.input(layer + ".weight");
        String input = quantizer.map(found -> activations.values(x, found)).orElse(x);
        WeightNodes.Floats constants = weights.floats(layer, factors);
        return List.of(input, constants.weight(), constants.bias());
    }

    private List<String> operands(String x, WeightNodes.Integers constants, IntegerLayer layer) {
        ActivationNodes.Quantized input = activations.quantized(x, layer.input());
        return List.of(input.integers(), constants.weight(), input.zeroPoint(), constants.zeroPoint());
    }

    /** What sums of integers stand for. */
    private String scaled(String sums, WeightNodes.Integers constants) {
        String products = graph.node("Cast", List.of(sums), OnnxAttribute.of("to", OnnxType.FLOAT.code()));
        return graph.node("Add", List.of(graph.node("Mul", List.of(products, constants.scale())), constants.bias()));
    }
}
