package dev.dhmq.search;

import dev.dhmq.quant.BitWidths;
import java.util.Locale;

/** How many bits the activations get. */
public sealed interface ActivationBits {

    /** The widths that may occur. */
    BitWidths candidates();

    /** In words, such as {@code 8 bits for every activation}. */
    String describe();

    /**
     * The same for all, pinned layers' too.
     *
     * @param bits 2 to 8
     */
    record Fixed(int bits) implements ActivationBits {
        public Fixed {
            BitWidths.of(bits); // refuses other widths
        }

        @Override
        public BitWidths candidates() {
            return BitWidths.of(bits);
        }

        @Override
        public String describe() {
            return bits + " bits for every activation";
        }
    }

    /**
     * As each needs, within a mean over all elements of all activations; those left in float32 count with 32 bits.
     *
     * @param candidates widths an activation may have
     * @param meanBits the most bits an element may have on average
     */
    record Mixed(BitWidths candidates, double meanBits) implements ActivationBits {
        /** The widths behind {@code benchmarks/results/activations.md}. */
        public static final BitWidths DEFAULT_CANDIDATES = BitWidths.of(4, 5, 6, 8);

        public Mixed {
            if (!(meanBits > 0) || Double.isInfinite(meanBits)) {
                throw new IllegalArgumentException("A mean number of bits must be positive, but is " + meanBits + ".");
            }
        }

        @Override
        public String describe() {
            return String.format(Locale.ROOT, "%s bits an activation on average", meanBits);
        }
    }
}
