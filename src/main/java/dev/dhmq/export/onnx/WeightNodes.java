package dev.dhmq.export.onnx;

import dev.dhmq.model.NamedTensor;
import dev.dhmq.model.integer.ChannelFactors;
import dev.dhmq.model.integer.IntegerLayer;
import dev.dhmq.model.integer.IntegerWeights;
import dev.dhmq.quant.BitWidths;
import dev.dhmq.quant.ProductGrid;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** A layer's weights and bias as constants of a graph. */
final class WeightNodes {
    /** Integers of at most this many bits share bytes. */
    private static final int HALF_BYTE = 4;

    /** A dimension that a Reshape works out. */
    private static final long WHAT_IS_LEFT = -1;

    private final OnnxGraph graph;
    private final DetectorParameters parameters;
    private final Map<String, String> constants = new HashMap<>();
    private final Map<String, String> dequantized = new HashMap<>();
    private final Map<String, Integer> copies = new HashMap<>();

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
    Floats floats(String layer, ChannelFactors factors) {
        NamedTensor tensor = parameters.tensor(layer + ".weight");
        String weight = parameters
                .integers(tensor.name())
                .map(integers -> dequantized(tensor, integers, factors, 1))
                .orElseGet(() -> folded(tensor, factors));
        return new Floats(weight, perChannel(layer + ".bias", factors.shifts()));
    }

    /** The same with a bias that is an integer, as runtimes that merge a layer and its roundings into one want it. */
    Floats rounded(String name, IntegerLayer layer) {
        String bias = name + ".bias";
        int[] integers = layer.bias();
        String stored = constant(bias, OnnxTensor.of(integers, integers.length));
        String scale = perChannel(bias + ".scale", layer.refinedSteps());
        IntegerWeights weights = layer.weights();
        int multiple = ProductGrid.multiple(weights.bits());
        return new Floats(
                dequantized(parameters.tensor(name + ".weight"), weights, layer.factors(), multiple),
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
        String multiple = constant(weight + ".multiple", OnnxTensor.of(multiples, multiples.length, 1, 1, 1));
        return new Floats(
                graph.node(weight + ".multiplied", "Mul", List.of(wide, multiple)),
                perChannel(name + ".bias", floats(layer.bias())));
    }

    /** What a sum of 1 with these stands for. */
    String stepsOfImages(String name, IntegerLayer layer) {
        float[] steps = layer.refinedSteps();
        return constant(name + ".weight.scale", OnnxTensor.of(steps, steps.length, 1, 1));
    }

    private static float[] floats(int[] values) {
        float[] floats = new float[values.length];
        for (int i = 0; i < values.length; i++) {
            floats[i] = values[i];
        }
        return floats;
    }

    /** A constant, once for all levels that share a layer. */
    private String constant(String name, OnnxTensor tensor) {
        return constants.computeIfAbsent(name, _ -> graph.constant(name, tensor));
    }

    private String perChannel(String name, float[] values) {
        return constant(name, OnnxTensor.of(values, values.length));
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
                constant(weight + ".zero", zeroPoint),
                constant(weight + ".scale", OnnxTensor.of(layer.steps(), shape)),
                constant(name + ".bias", OnnxTensor.of(layer.factors().shifts(), shape)));
    }

    private String folded(NamedTensor tensor, ChannelFactors factors) {
        float[] values = tensor.values().clone();
        int channelSize = values.length / factors.scale().length;
        for (int i = 0; i < values.length; i++) {
            values[i] = (float) (values[i] * factors.scale()[i / channelSize]);
        }
        return constant(tensor.name(), OnnxTensor.of(values, tensor.shape()));
    }

    /** Integers and a DequantizeLinear, multiplied, with scales as much smaller: a power of two, so that nothing is rounded. */
    private String dequantized(NamedTensor tensor, IntegerWeights weights, ChannelFactors factors, int multiple) {
        String name = tensor.name();
        float[] scales = factors.times(weights.scales());
        for (int c = 0; c < scales.length; c++) {
            scales[c] /= multiple;
        }
        byte[] values = weights.masked(factors);
        if (weights.bits() == BitWidths.WIDEST && computesWithIntegers()) {
            return dequantized(name, ownCopy(name, values, tensor.shape()), scales);
        }
        return dequantized.computeIfAbsent(name, _ -> {
            String stored = signed(name, values, weights.bits(), tensor.shape());
            return dequantized(name, multiplied(name, stored, multiple), scales);
        });
    }

    private boolean computesWithIntegers() {
        return !parameters.network().inputs().isEmpty();
    }

    private String dequantized(String name, String integers, float[] scales) {
        // All zero, as is the default, but ONNX Runtime's integer product of matrices wants it to be there.
        String zero =
                graph.constant(name + ".zero", OnnxTensor.of(OnnxType.INT8, new byte[scales.length], scales.length));
        return graph.node(
                name + ".dequantized",
                "DequantizeLinear",
                List.of(integers, perChannel(name + ".scale", scales), zero),
                OnnxAttribute.of("axis", 0));
    }

    /**
     * Weights of eight bits that no other node has once the model is loaded, though levels may share a layer. On x86 processors
     * without VNNI, runtimes add two products in 16 bits, which such weights run over. ONNX Runtime makes other weights of them
     * there if it is asked to, but fails where several nodes have them, or their zero points. The file has them once, as one row,
     * and each level says their shape in other words: equal nodes would be made one.
     */
    private String ownCopy(String name, byte[] values, long[] shape) {
        String row = signed(name, values, BitWidths.WIDEST, values.length);
        int number = copies.merge(name, 1, Integer::sum) - 1;
        long[] words = shape.clone();
        if (number > 0) {
            words[(number - 1) % words.length] = WHAT_IS_LEFT;
        }
        String spelled = graph.constant(name + ".shape", OnnxTensor.of(words, words.length));
        return graph.node(name + ".own", "Reshape", List.of(row, spelled));
    }

    /** Bytes times a number, once, when the model is loaded: the file keeps the narrow ones. */
    private String multiplied(String name, String bytes, int multiple) {
        if (multiple == 1) {
            return bytes;
        }
        OnnxAttribute wide = OnnxAttribute.of("to", OnnxType.INT32.code());
        String factor = constant(name + ".multiple", OnnxTensor.of(new int[] {multiple}));
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
                : constant(name, OnnxTensor.of(OnnxType.UINT8, values, shape));
    }

    private String signed(String name, byte[] values, int bits, long... shape) {
        return bits <= HALF_BYTE
                ? widened(name, OnnxTensor.ofNibbles(OnnxType.INT4, values, shape), OnnxType.INT8)
                : constant(name, OnnxTensor.of(OnnxType.INT8, values, shape));
    }

    /** Integers of four bits in eight, once, when the model is loaded: runtimes compute with eight. */
    private String widened(String name, OnnxTensor narrow, OnnxType type) {
        return graph.node(
                name + ".widened", "Cast", List.of(constant(name, narrow)), OnnxAttribute.of("to", type.code()));
    }
}
