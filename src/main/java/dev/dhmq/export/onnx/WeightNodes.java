package dev.dhmq.export.onnx;

import dev.dhmq.model.NamedTensor;
import dev.dhmq.model.integer.ChannelFactors;
import dev.dhmq.model.integer.IntegerLayer;
import dev.dhmq.model.integer.IntegerWeights;
import dev.dhmq.quant.BitWidths;
import dev.dhmq.quant.ProductGrid;
import java.util.Arrays;
import java.util.List;

/** A layer's weights and bias as constants of a graph. */
final class WeightNodes {
    /** Integers of at most this many bits share bytes. */
    private static final int HALF_BYTE = 4;

    private final OnnxGraph graph;
    private final DetectorParameters parameters;

    WeightNodes(OnnxGraph graph, DetectorParameters parameters) {
        this.graph = graph;
        this.parameters = parameters;
    }

    /** A layer that computes with floats, with what integers stand for, or with floats that are integers. */
    record Floats(String weight, String bias) {}

    /**
     * A layer that computes with integers.
     *
     * @param weight int8 or uint8
     * @param zeroPoint the integer that stands for 0
     * @param scale of the sums of products, a channel each
     * @param bias added to what is scaled
     */
    record Integers(String weight, String zeroPoint, String scale, String bias) {}

    /** The weights with the factors' scale in them, as floats, or as integers and a DequantizeLinear with a scale a channel. */
    Floats floats(String layer, ChannelFactors factors, boolean shared) {
        NamedTensor tensor = parameters.tensor(layer + ".weight");
        String weight = parameters
                .integers(tensor.name())
                .map(integers -> dequantized(tensor, integers, factors, 1, shared))
                .orElseGet(() -> folded(tensor, factors));
        return new Floats(weight, perChannel(layer + ".bias", factors.shifts()));
    }

    /** The same with a bias that is an integer, as runtimes that merge a layer and its roundings into one want it. */
    Floats rounded(String name, IntegerLayer layer, boolean shared) {
        String bias = name + ".bias";
        int[] integers = layer.bias();
        String stored = graph.constant(bias, OnnxTensor.of(integers, integers.length));
        String scale = perChannel(bias + ".scale", layer.refinedSteps());
        IntegerWeights weights = layer.weights();
        int multiple = ProductGrid.multiple(weights.bits());
        return new Floats(
                dequantized(parameters.tensor(name + ".weight"), weights, layer.factors(), multiple, shared),
                graph.node(
                        bias + ".dequantized",
                        "DequantizeLinear",
                        List.of(stored, scale),
                        OnnxAttribute.of("axis", 0)));
    }

    /**
     * The integers as floats, weights multiplied, from the time on that the model is loaded: runtimes take longer over weights that are
     * no constants.
     */
    Floats ofImages(String name, IntegerLayer layer) {
        NamedTensor tensor = parameters.tensor(name + ".weight");
        String weight = tensor.name();
        String stored = signed(weight, layer.integers(), layer.weights().bits(), tensor.shape());
        String wide =
                graph.node(weight + ".wide", "Cast", List.of(stored), OnnxAttribute.of("to", OnnxType.FLOAT.code()));
        float[] multiples = floats(layer.multiples());
        String multiple = graph.constant(weight + ".multiple", OnnxTensor.of(multiples, multiples.length, 1, 1, 1));
        return new Floats(
                graph.node(weight + ".multiplied", "Mul", List.of(wide, multiple)),
                perChannel(name + ".bias", floats(layer.bias())));
    }

    /** What a sum of 1 with these stands for. */
    String stepsOfImages(String name, IntegerLayer layer) {
        float[] steps = layer.refinedSteps();
        return graph.constant(name + ".weight.scale", OnnxTensor.of(steps, steps.length, 1, 1));
    }

    private static float[] floats(int[] values) {
        float[] floats = new float[values.length];
        for (int i = 0; i < values.length; i++) {
            floats[i] = values[i];
        }
        return floats;
    }

    private String perChannel(String name, float[] values) {
        return graph.constant(name, OnnxTensor.of(values, values.length));
    }

    /**
     * The weights of a convolution as unsigned integers, because ONNX Runtime's ConvInteger of signed ones takes ten times as long
     * on x86.
     */
    Integers unsigned(String name, IntegerLayer layer) {
        NamedTensor tensor = parameters.tensor(name + ".weight");
        int bits = layer.weights().bits();
        String stored = unsigned(tensor.name(), layer.integers(), bits, tensor.shape());
        OnnxTensor point = OnnxTensor.of(OnnxType.UINT8, new byte[] {(byte) zeroPoint(bits)});
        return scaled(name, layer, stored, point, tensor.shape()[0], 1, 1);
    }

    /** The weights of a fully connected layer as signed integers, [inputs, outputs]. */
    Integers transposed(String name, IntegerLayer layer) {
        byte[] rows = layer.integers();
        int outputs = layer.steps().length;
        int inputs = rows.length / outputs;
        byte[] values = new byte[rows.length];
        for (int output = 0; output < outputs; output++) {
            for (int i = 0; i < inputs; i++) {
                values[i * outputs + output] = rows[output * inputs + i];
            }
        }
        String stored = signed(name + ".weight", values, layer.weights().bits(), inputs, outputs);
        OnnxTensor point = OnnxTensor.of(OnnxType.INT8, new byte[] {0});
        return scaled(name, layer, stored, point, outputs);
    }

    private Integers scaled(String name, IntegerLayer layer, String stored, OnnxTensor zeroPoint, long... shape) {
        String weight = name + ".weight";
        return new Integers(
                stored,
                graph.constant(weight + ".zero", zeroPoint),
                graph.constant(weight + ".scale", OnnxTensor.of(layer.steps(), shape)),
                graph.constant(name + ".bias", OnnxTensor.of(layer.factors().shifts(), shape)));
    }

    private String folded(NamedTensor tensor, ChannelFactors factors) {
        float[] values = tensor.values().clone();
        int channelSize = values.length / factors.scale().length;
        for (int i = 0; i < values.length; i++) {
            values[i] = (float) (values[i] * factors.scale()[i / channelSize]);
        }
        return graph.constant(tensor.name(), OnnxTensor.of(values, tensor.shape()));
    }

    /**
     * Integers and a DequantizeLinear.
     *
     * @param multiple of the integers, with scales as much smaller: a power of two, so that nothing is rounded
     * @param shared whether several nodes have them. On x86 processors without VNNI, runtimes add two products in 16 bits, which signed
     *     weights of eight bits run over. ONNX Runtime makes unsigned ones of them there if it is asked to, but fails where they
     *     are shared, so these are unsigned in the file.
     */
    private String dequantized(
            NamedTensor tensor, IntegerWeights weights, ChannelFactors factors, int multiple, boolean shared) {
        String name = tensor.name();
        int bits = weights.bits();
        float[] scales = factors.times(weights.scales());
        for (int c = 0; c < scales.length; c++) {
            scales[c] /= multiple;
        }
        if (shared && bits == BitWidths.WIDEST) {
            String stored = unsigned(name, weights.masked(factors), bits, tensor.shape());
            return dequantized(name, stored, OnnxType.UINT8, zeroPoint(bits), scales);
        }
        String stored = signed(name, weights.masked(factors), bits, tensor.shape());
        return dequantized(name, multiplied(name, stored, multiple), OnnxType.INT8, 0, scales);
    }

    private String dequantized(String name, String stored, OnnxType type, int zeroPoint, float[] scales) {
        byte[] zeros = new byte[scales.length];
        Arrays.fill(zeros, (byte) zeroPoint);
        // Also where they are 0, as is the default: ONNX Runtime's integer product of matrices wants them to be there.
        String zero = graph.constant(name + ".zero", OnnxTensor.of(type, zeros, zeros.length));
        return graph.node(
                name + ".dequantized",
                "DequantizeLinear",
                List.of(stored, perChannel(name + ".scale", scales), zero),
                OnnxAttribute.of("axis", 0));
    }

    /** Bytes times a number, once, when the model is loaded: the file keeps the narrow ones. */
    private String multiplied(String name, String bytes, int multiple) {
        if (multiple == 1) {
            return bytes;
        }
        OnnxAttribute wide = OnnxAttribute.of("to", OnnxType.INT32.code());
        String factor = graph.constant(name + ".multiple", OnnxTensor.of(new int[] {multiple}));
        String product = graph.node(
                name + ".multiplied", "Mul", List.of(graph.node(name + ".wide", "Cast", List.of(bytes), wide), factor));
        return graph.node(name + ".refined", "Cast", List.of(product), OnnxAttribute.of("to", OnnxType.INT8.code()));
    }

    /** What stands for 0 among unsigned integers. */
    private static int zeroPoint(int bits) {
        return 1 << ((bits <= HALF_BYTE ? HALF_BYTE : BitWidths.WIDEST) - 1);
    }

    private String unsigned(String name, byte[] integers, int bits, long... shape) {
        byte[] values = new byte[integers.length];
        for (int i = 0; i < values.length; i++) {
            values[i] = (byte) (integers[i] + zeroPoint(bits));
        }
        return bits <= HALF_BYTE
                ? widened(name, OnnxTensor.ofNibbles(OnnxType.UINT4, values, shape), OnnxType.UINT8)
                : graph.constant(name, OnnxTensor.of(OnnxType.UINT8, values, shape));
    }

    private String signed(String name, byte[] values, int bits, long... shape) {
        return bits <= HALF_BYTE
                ? widened(name, OnnxTensor.ofNibbles(OnnxType.INT4, values, shape), OnnxType.INT8)
                : graph.constant(name, OnnxTensor.of(OnnxType.INT8, values, shape));
    }

    /** Integers of four bits in eight, once, when the model is loaded: runtimes compute with eight. */
    private String widened(String name, OnnxTensor narrow, OnnxType type) {
        return graph.node(
                name + ".widened", "Cast", List.of(graph.constant(name, narrow)), OnnxAttribute.of("to", type.code()));
    }
}
