package dev.dhmq.export.onnx;

import dev.dhmq.quant.AffineQuantization;
import dev.dhmq.quant.BitWidths;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** Quantized inputs of layers. Layers that read the same share them. */
final class ActivationNodes {
    private final OnnxGraph graph;
    private final Map<Key, Quantized> made = new HashMap<>();
    private final Map<Key, String> values = new HashMap<>();

    private record Key(String value, AffineQuantization quantizer) {}

    /**
     * A value rounded to integers.
     *
     * @param integers uint8
     * @param scale distance of two neighbours
     * @param zeroPoint the integer that stands for 0
     */
    record Quantized(String integers, String scale, String zeroPoint) {}

    ActivationNodes(OnnxGraph graph) {
        this.graph = graph;
    }

    /** The integers that x is rounded to. */
    Quantized quantized(String x, AffineQuantization quantizer) {
        return made.computeIfAbsent(new Key(x, quantizer), key -> nodes(key.value(), key.quantizer()));
    }

    /** What the integers stand for that x is rounded to. */
    String values(String x, AffineQuantization quantizer) {
        Quantized rounded = quantized(x, quantizer);
        return values.computeIfAbsent(
                new Key(x, quantizer),
                _ -> graph.node("DequantizeLinear", List.of(rounded.integers(), rounded.scale(), rounded.zeroPoint())));
    }

    /** The integers that x is rounded to, less the zero point, as floats. */
    String wholes(String x, AffineQuantization quantizer) {
        Quantized rounded = quantized(x, quantizer);
        String one = graph.constant("activation.one", OnnxTensor.of(new float[] {1}));
        return graph.node("DequantizeLinear", List.of(rounded.integers(), one, rounded.zeroPoint()));
    }

    private Quantized nodes(String x, AffineQuantization quantizer) {
        String scale = graph.constant("activation.scale", OnnxTensor.of(new float[] {quantizer.scale()}));
        String zero = graph.constant(
                "activation.zero", OnnxTensor.of(OnnxType.UINT8, new byte[] {(byte) quantizer.zeroPoint()}));
        String integers = graph.node("QuantizeLinear", List.of(within(x, quantizer), scale, zero));
        return new Quantized(integers, scale, zero);
    }

    /** Fewer than eight bits lie in eight: what is above their range is cut off before. */
    private String within(String x, AffineQuantization quantizer) {
        if (quantizer.bits() == BitWidths.WIDEST) {
            return x;
        }
        return graph.node("Clip", List.of(x, real(quantizer.low()), real(quantizer.high())));
    }

    private String real(double value) {
        return graph.constant("activation.limit", OnnxTensor.of(new float[] {(float) value}));
    }
}
