package dev.dhmq.search;

import dev.dhmq.quant.QuantizedSize;
import dev.dhmq.tensor.Backend;
import dev.dhmq.tensor.Layer;
import dev.dhmq.tensor.ParameterLayout;
import java.util.List;
import java.util.Locale;
import java.util.stream.IntStream;

/** When a search has saved enough. Counts every quantizable layer, pinned and excluded ones too. */
public sealed interface Budget {

    /** Whether this assignment of bits is within the budget. */
    boolean metBy(ParameterLayout layout, int[] bits);

    /** The budget in words, such as {@code a compression ratio of 8}. */
    String describe();

    /** What this assignment reaches, in the same words. */
    String reached(ParameterLayout layout, int[] bits);

    /**
     * What the search saves with each bit of a layer's weights less: a bit of storage for each of them, or what this budget counts
     * instead.
     *
     * @return a number a layer
     */
    default long[] savedPerBit(ParameterLayout layout) {
        return layout.layers().stream().mapToLong(Layer::size).toArray();
    }

    /** 32-bit bytes over quantized bytes, scales included, must be at least this. */
    record CompressionRatio(double ratio) implements Budget {
        public CompressionRatio {
            if (!(ratio >= 1) || Double.isInfinite(ratio)) {
                throw new IllegalArgumentException("A compression ratio must be at least 1, but is " + ratio + ".");
            }
        }

        @Override
        public boolean metBy(ParameterLayout layout, int[] bits) {
            return QuantizedSize.compressionRatio(layout, bits) >= ratio;
        }

        @Override
        public String describe() {
            return "a compression ratio of " + ratio;
        }

        @Override
        public String reached(ParameterLayout layout, int[] bits) {
            return String.format(Locale.ROOT, "%.4g", QuantizedSize.compressionRatio(layout, bits));
        }
    }

    /** Quantized bytes, scales included, must be at most this. */
    record Bytes(long bytes) implements Budget {
        public Bytes {
            if (bytes < 1) {
                throw new IllegalArgumentException("A size must be at least 1 byte, but is " + bytes + ".");
            }
        }

        @Override
        public boolean metBy(ParameterLayout layout, int[] bits) {
            return QuantizedSize.bytes(layout, bits) <= bytes;
        }

        @Override
        public String describe() {
            return "a size of " + bytes + " bytes";
        }

        @Override
        public String reached(ParameterLayout layout, int[] bits) {
            return QuantizedSize.bytes(layout, bits) + " bytes";
        }
    }

    /** Bits a weight, scales not counted, must be at most this on average. */
    record MeanBits(double bits) implements Budget {
        public MeanBits {
            if (!(bits > 0) || Double.isInfinite(bits)) {
                throw new IllegalArgumentException("A mean number of bits must be positive, but is " + bits + ".");
            }
        }

        @Override
        public boolean metBy(ParameterLayout layout, int[] bits) {
            return QuantizedSize.meanBits(layout, bits) <= this.bits;
        }

        @Override
        public String describe() {
            return bits + " bits a weight on average";
        }

        @Override
        public String reached(ParameterLayout layout, int[] bits) {
            return String.format(Locale.ROOT, "%.4g bits", QuantizedSize.meanBits(layout, bits));
        }
    }

    /**
     * Bit operations an image, the sum over the layers of multiply-accumulates times bits of a weight times bits of an activation,
     * must be at most this.
     *
     * @param most bit operations
     * @param macs multiply-accumulates an image of every layer, in the order of the layout
     * @param activationBits of every layer's input; 32 for activations in float32
     */
    record BitOperations(double most, List<Long> macs, int activationBits) implements Budget {
        private static final double BILLION = 1e9;

        public BitOperations {
            if (!(most > 0) || Double.isInfinite(most)) {
                throw new IllegalArgumentException("Bit operations must be positive, but are " + most + ".");
            }
            if (activationBits < 1) {
                throw new IllegalArgumentException("Activations must have bits, but have " + activationBits + ".");
            }
            macs = List.copyOf(macs);
        }

        /** Bit operations of one layer at this width. */
        public long of(int layer, int bits) {
            return macs.get(layer) * (bits == Backend.SKIP ? Float.SIZE : bits) * activationBits;
        }

        /** Bit operations of all layers. */
        public long of(int[] bits) {
            return IntStream.range(0, bits.length)
                    .mapToLong(l -> of(l, bits[l]))
                    .sum();
        }

        @Override
        public boolean metBy(ParameterLayout layout, int[] bits) {
            return of(bits) <= most;
        }

        @Override
        public long[] savedPerBit(ParameterLayout layout) {
            return macs.stream().mapToLong(count -> count * activationBits).toArray();
        }

        @Override
        public String describe() {
            return inBillions(most) + " with activations of " + activationBits + " bits";
        }

        @Override
        public String reached(ParameterLayout layout, int[] bits) {
            return inBillions((double) of(bits));
        }

        private static String inBillions(double operations) {
            return String.format(Locale.ROOT, "%.6g billion bit operations an image", operations / BILLION);
        }
    }
}
