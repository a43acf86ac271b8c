package dev.dhmq.quant;

/**
 * The grid that sums of products of integers lie on: multiples of an input's scale times a weight's. An integer runtime adds the
 * bias to such a sum, as an integer on the same grid (Jacob et al., 2018, section 2.4).
 *
 * <p>Weights of few bits have large scales. Multiples of their integers, with scales as much smaller, are the same weights on a
 * finer grid.
 */
public final class ProductGrid {
    /**
     * Integers of fewer bits are multiplied up to so many. Not to eight: where x86 has no VNNI, runtimes add two products of a
     * byte each in 16 bits, which weights beyond 64 could run over.
     */
    private static final int REFINED_BITS = 7;

    private ProductGrid() {}

    /**
     * By how much integers are multiplied; a power of two, so that nothing is rounded.
     *
     * @param bits of the weights, 2 to 8
     */
    public static int multiple(int bits) {
        return 1 << Math.max(0, REFINED_BITS - bits);
    }
}
