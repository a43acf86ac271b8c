package dev.dhmq.export.onnx;

import dev.dhmq.model.NamedTensor;
import dev.dhmq.quant.AffineQuantization;
import dev.dhmq.quant.BitWidths;
import dev.dhmq.quant.ProductGrid;
import java.util.List;

/** A layer's weights and bias as constants of a graph. */
final class WeightNodes {
    /** Integers of at most this many bits share bytes. */
    private static final int HALF_BYTE = 4;

    /** Biases beyond this, in units of their grid, could make sums run over. */
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
     * @param weight int8 or uint8
     * @param zeroPoint the integer that stands for 0
     * @param scale of the sums of products, a channel each
     * @param bias added to what is scaled
     */
    record Integers(String weight, String zeroPoint, String scale, String bias) {}

    /** Whether a layer's weights are integers. */
    boolean areIntegers(String layer) {
        return parameters.integers().containsKey(layer + ".weight");
    }

    /** Channels of a convolution's input. */
    long inputChannels(String layer) {
        return parameters.tensor(layer + ".weight").shape()[1];
    }

    private IntegerWeights integers(String layer) {
        IntegerWeights weights = parameters.integers().get(layer + ".weight");
        if (weights == null) {
            throw new IllegalArgumentException(layer + " has no integer weights.");
        }
        return weights;
    }

    /** The weights with the factors' scale in them, as floats, or as integers and a DequantizeLinear with a scale a channel. */
    Floats floats(String layer, ChannelFactors factors) {
        NamedTensor tensor = parameters.tensor(layer + ".weight");
        float[] shifts = factors.shifts();
        return new Floats(
                areIntegers(layer) ? dequantized(tensor, integers(layer), factors, 1) : folded(tensor, factors),
                graph.constant(layer + ".bias", OnnxTensor.of(shifts, shifts.length)));
    }

    /**
     * The same with a bias on the {@link ProductGrid}, as runtimes that merge layer and roundings into one want it. The detector's is
     * there already, but for what floats lose.
     *
     * @param input how the layer's input is rounded
     */
    Floats roundedFloats(String layer, ChannelFactors factors, AffineQuantization input) {
        IntegerWeights weights = integers(layer);
        float[] steps = refinedSteps(factors, weights, input);
        int[] bias = new int[steps.length];
        for (int c = 0; c < bias.length; c++) {
            bias[c] = Math.toIntExact(Math.round(Math.rint(factors.shift()[c] / steps[c])));
        }
        String name = layer + ".bias";
        String scale = graph.constant(name + ".scale", OnnxTensor.of(steps, steps.length));
        String stored = graph.constant(name, OnnxTensor.of(bias, bias.length));
        return new Floats(
                dequantized(
                        parameters.tensor(layer + ".weight"), weights, factors, ProductGrid.multiple(weights.bits())),
                graph.node(
                        name + ".dequantized",
                        "DequantizeLinear",
                        List.of(stored, scale),
                        OnnxAttribute.of("axis", 0)));
    }

    /**
     * The same as floats from the time on that the model is loaded: runtimes leave a DequantizeLinear where it is, and take longer
     * over weights that are no constants.
     */
    Floats loadedFloats(String layer, ChannelFactors factors) {
        NamedTensor tensor = parameters.tensor(layer + ".weight");
        IntegerWeights weights = integers(layer);
        String name = tensor.name();
        String stored = signed(name, masked(weights, factors), weights.bits(), tensor.shape());
        String wide =
                graph.node(name + ".wide", "Cast", List.of(stored), OnnxAttribute.of("to", OnnxType.FLOAT.code()));
        float[] scales = factors.times(weights.scales());
        String scale = graph.constant(name + ".scale", OnnxTensor.of(scales, scales.length, 1, 1, 1));
        float[] shifts = factors.shifts();
        return new Floats(
                graph.node(name + ".scaled", "Mul", List.of(wide, scale)),
                graph.constant(layer + ".bias", OnnxTensor.of(shifts, shifts.length)));
    }

    /** Whether {@link #roundedFloats} can hold the bias. */
    boolean biasFits(String layer, ChannelFactors factors, AffineQuantization input) {
        float[] steps = refinedSteps(factors, integers(layer), input);
        for (int c = 0; c < steps.length; c++) {
            if (!(Math.abs(factors.shift()[c] / steps[c]) <= LARGEST_BIAS)) {
                return false;
            }
        }
        return true;
    }

    /**
     * The weights of a convolution as unsigned integers, because ONNX Runtime's ConvInteger of signed ones takes ten times as long
     * on x86.
     */
    Integers unsigned(String layer, ChannelFactors factors, AffineQuantization input) {
        NamedTensor tensor = parameters.tensor(layer + ".weight");
        IntegerWeights weights = integers(layer);
        boolean narrow = weights.bits() <= HALF_BYTE;
        int zero = 1 << (narrow ? HALF_BYTE - 1 : BitWidths.WIDEST - 1);
        byte[] values = masked(weights, factors);
        for (int i = 0; i < values.length; i++) {
            values[i] += (byte) zero;
        }
        String stored = narrow
                ? widened(tensor.name(), OnnxTensor.ofNibbles(OnnxType.UINT4, values, tensor.shape()), OnnxType.UINT8)
                : graph.constant(tensor.name(), OnnxTensor.of(OnnxType.UINT8, values, tensor.shape()));
        OnnxTensor point = OnnxTensor.of(OnnxType.UINT8, new byte[] {(byte) zero});
        return scaled(layer, stored, point, factors, input, 1, weights.scales().length, 1, 1);
    }

    /** The weights of a fully connected layer as signed integers, [inputs, outputs]. */
    Integers transposed(String layer, ChannelFactors factors, AffineQuantization input) {
        String name = layer + ".weight";
        IntegerWeights weights = integers(layer);
        byte[] rows = masked(weights, factors);
        int outputs = weights.scales().length;
        int inputs = rows.length / outputs;
        byte[] values = new byte[rows.length];
        for (int output = 0; output < outputs; output++) {
            for (int i = 0; i < inputs; i++) {
                values[i * outputs + output] = rows[output * inputs + i];
            }
        }
        String stored = signed(name, values, weights.bits(), inputs, outputs);
        OnnxTensor point = OnnxTensor.of(OnnxType.INT8, new byte[] {0});
        return scaled(layer, stored, point, factors, input, outputs);
    }

    private Integers scaled(
            String layer,
            String stored,
            OnnxTensor zeroPoint,
            ChannelFactors factors,
            AffineQuantization input,
            long... shape) {
        String name = layer + ".weight";
        return new Integers(
                stored,
                graph.constant(name + ".zero", zeroPoint),
                graph.constant(name + ".scale", OnnxTensor.of(steps(factors, integers(layer), input), shape)),
                graph.constant(layer + ".bias", OnnxTensor.of(factors.shifts(), shape)));
    }

    private String folded(NamedTensor tensor, ChannelFactors factors) {
        float[] values = tensor.values().clone();
        int channelSize = values.length / factors.scale().length;
        for (int i = 0; i < values.length; i++) {
            values[i] = (float) (values[i] * factors.scale()[i / channelSize]);
        }
        return graph.constant(tensor.name(), OnnxTensor.of(values, tensor.shape()));
    }

    /** @param multiple of the integers, with scales as much smaller; a power of two, so that nothing is rounded */
    private String dequantized(NamedTensor tensor, IntegerWeights weights, ChannelFactors factors, int multiple) {
        String name = tensor.name();
        float[] scales = divided(factors.times(weights.scales()), multiple);
        String stored =
                multiplied(name, signed(name, masked(weights, factors), weights.bits(), tensor.shape()), multiple);
        String scale = graph.constant(name + ".scale", OnnxTensor.of(scales, scales.length));
        // All zero, as is the default, but ONNX Runtime's integer product of matrices wants it to be there.
        String zero =
                graph.constant(name + ".zero", OnnxTensor.of(OnnxType.INT8, new byte[scales.length], scales.length));
        return graph.node(
                name + ".dequantized", "DequantizeLinear", List.of(stored, scale, zero), OnnxAttribute.of("axis", 0));
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

    private static float[] refinedSteps(ChannelFactors factors, IntegerWeights weights, AffineQuantization input) {
        return divided(steps(factors, weights, input), ProductGrid.multiple(weights.bits()));
    }

    private static float[] divided(float[] values, int divisor) {
        float[] quotients = new float[values.length];
        for (int i = 0; i < values.length; i++) {
            quotients[i] = values[i] / divisor;
        }
        return quotients;
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

    /** What a product of a weight of 1 and an input of 1 stands for, a channel each. */
    private static float[] steps(ChannelFactors factors, IntegerWeights weights, AffineQuantization input) {
        float[] steps = factors.times(weights.scales());
        for (int c = 0; c < steps.length; c++) {
            steps[c] *= input.scale();
        }
        return steps;
    }
}
