package dev.dhmq.cli;

/** How small the weights shall become; the three ways to say it on the command line. */
sealed interface SizeTarget {
    /** The 32-bit weights over the quantized ones with their scales; above 1. */
    record Ratio(double times) implements SizeTarget {}

    /** The quantized weights with their scales, in bytes; above 0. */
    record Bytes(long count) implements SizeTarget {}

    /** Bits of a weight on average, without the scales; from 2 to 8. */
    record MeanBits(double bits) implements SizeTarget {}
}
