package dev.dhmq.quant;

import dev.dhmq.tensor.Backend;
import dev.dhmq.tensor.Layer;
import dev.dhmq.tensor.ParameterLayout;

/**
 * How large the quantizable layers are: packed integers, and a 4-byte scale a channel.
 *
 * <p>In a {@code bits} array, {@link Backend#SKIP} is a layer left in float32, which has no scales.
 */
public final class QuantizedSize {
    private QuantizedSize() {}

    /** Bytes of one layer at this width: ceil(n b / 8) + 4 channels, or 4 n in float32. */
    public static long bytes(Layer layer, int bits) {
        return bits == Backend.SKIP
                ? Float.BYTES * layer.size()
                : Math.ceilDiv(layer.size() * bits, 8L) + (long) Float.BYTES * layer.channels();
    }

    /** Bytes of all layers, scales included. */
    public static long bytes(ParameterLayout layout, int[] bits) {
        long sum = 0;
        for (int l = 0; l < bits.length; l++) {
            sum += bytes(layout.layer(l), bits[l]);
        }
        return sum;
    }

    /** 32-bit bytes over quantized bytes with scales. */
    public static double compressionRatio(ParameterLayout layout, int[] bits) {
        return (double) Float.BYTES * layout.size() / bytes(layout, bits);
    }

    /** Bits a weight, scales not counted: sum of n_l b_l over n. */
    public static double meanBits(ParameterLayout layout, int[] bits) {
        double sum = 0;
        for (int l = 0; l < bits.length; l++) {
            sum += (double) layout.layer(l).size() * (bits[l] == Backend.SKIP ? Float.SIZE : bits[l]);
        }
        return sum / layout.size();
    }
}
