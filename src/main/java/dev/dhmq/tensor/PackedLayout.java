package dev.dhmq.tensor;

import dev.dhmq.InvalidInputException;

/**
 * Where each layer's integers lie when they are packed: layers one after the other, each from a byte of its own on, skipped
 * ones not at all. Weight i of a layer of b bits takes the bits from i * b on, counted from the lowest bit of its first
 * byte, as ONNX packs int4 and int2; negative integers are in two's complement. Immutable.
 */
public final class PackedLayout {
    private final ParameterLayout layout;
    private final int[] bits;
    private final long[] offsets;
    private final long bytes;

    private PackedLayout(ParameterLayout layout, int[] bits, long[] offsets, long bytes) {
        this.layout = layout;
        this.bits = bits;
        this.offsets = offsets;
        this.bytes = bytes;
    }

    /** The packing of layers at these bit widths, 2 to 8 or {@link Backend#SKIP}. */
    public static PackedLayout of(ParameterLayout layout, int[] bits) {
        Lengths.requireBits(layout, bits);
        long[] offsets = new long[bits.length];
        long bytes = 0;
        for (int l = 0; l < bits.length; l++) {
            offsets[l] = bytes;
            bytes += Math.ceilDiv(Math.multiplyExact(layout.layer(l).size(), bits[l]), 8L);
        }
        return new PackedLayout(layout, bits.clone(), offsets, bytes);
    }

    /** What a backend says of weights that no integer stands for. */
    static InvalidInputException notFinite() {
        return new InvalidInputException(
                "Weights or scales are NaN, which no integer stands for: quantize finite weights"
                        + " with scales searched for them.");
    }

    /** The layers. */
    public ParameterLayout layout() {
        return layout;
    }

    /** The bit width of every layer. */
    public int[] bits() {
        return bits.clone();
    }

    /** Index of the layer's first byte. */
    public long offset(int layer) {
        return offsets[layer];
    }

    /** Bytes of all layers together. */
    public long bytes() {
        return bytes;
    }
}
