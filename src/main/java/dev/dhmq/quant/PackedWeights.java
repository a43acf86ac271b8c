package dev.dhmq.quant;

import dev.dhmq.tensor.Backend;
import dev.dhmq.tensor.DeviceVector;
import dev.dhmq.tensor.Layer;
import dev.dhmq.tensor.PackedLayout;
import dev.dhmq.tensor.QuantizationParameters;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.Arrays;

/**
 * Quantized weights as they are stored: their integers without gaps, and the scales of their channels.
 *
 * @param packing where each layer's integers lie
 * @param integers of all layers; not copied
 * @param scales of the channels of all layers, 0 for those of layers left in float32; not copied
 */
public record PackedWeights(PackedLayout packing, byte[] integers, float[] scales) {

    /**
     * The integers that the quantizer gives its float weights at these widths.
     *
     * @param bits one a layer, {@link Backend#SKIP} for those that stay float32
     */
    public static PackedWeights of(Backend backend, WeightQuantizer quantizer, int[] bits) {
        PackedLayout packing = PackedLayout.of(quantizer.layout(), bits);
        float[] scales = new float[quantizer.layout().channels()];
        for (int l = 0; l < bits.length; l++) {
            if (bits[l] != Backend.SKIP) {
                Layer layer = quantizer.layout().layer(l);
                System.arraycopy(quantizer.scales(layer, bits[l]), 0, scales, layer.firstChannel(), layer.channels());
            }
        }
        try (Arena arena = Arena.ofConfined();
                DeviceVector parameters = backend.allocate(scales.length)) {
            backend.write(scales, parameters);
            MemorySegment packed = arena.allocate(packing.bytes());
            backend.pack(packing, quantizer.floatWeights(), QuantizationParameters.symmetric(parameters), packed);
            return new PackedWeights(packing, packed.toArray(ValueLayout.JAVA_BYTE), scales);
        }
    }

    /** The integers of one layer, from a byte of their own on; a view. */
    public MemorySegment integers(int layer) {
        long bytes = Math.ceilDiv(packing.layout().layer(layer).size() * packing.bits()[layer], 8L);
        return MemorySegment.ofArray(integers).asSlice(packing.offset(layer), bytes);
    }

    /** The scales of one layer's channels. */
    public float[] scales(Layer layer) {
        return Arrays.copyOfRange(scales, layer.firstChannel(), layer.firstChannel() + layer.channels());
    }
}
