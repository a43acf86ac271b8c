package dev.dhmq.search;

import dev.dhmq.quant.QuantizedSize;
import dev.dhmq.tensor.ParameterLayout;
import java.util.Locale;

/** When a search has saved enough. Counts every quantizable layer, pinned and excluded ones too. */
public sealed interface Budget {

    /** Whether this assignment of bits is within the budget. */
    boolean metBy(ParameterLayout layout, int[] bits);

    /** The budget in words, such as {@code a compression ratio of 8}. */
    String describe();

    /** What this assignment reaches, in the same words. */
    String reached(ParameterLayout layout, int[] bits);

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
}
