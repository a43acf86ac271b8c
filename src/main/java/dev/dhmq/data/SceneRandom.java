package dev.dhmq.data;

/**
 * SplitMix64 (Steele, Lea and Flood, OOPSLA 2014), written out so that a scene is the same on every Java version.
 * {@code java.util.SplittableRandom} fixes the sequence of longs, but not how doubles and bounded integers come of it.
 */
final class SceneRandom {
    private static final long GOLDEN = 0x9E3779B97F4A7C15L;

    private long state;

    SceneRandom(long seed) {
        state = seed;
    }

    /** The generator of one scene: neighbouring scenes and seeds have nothing to do with each other. */
    static SceneRandom of(long seed, int scene) {
        return new SceneRandom(mix(mix(seed + GOLDEN) + GOLDEN * (scene + 1L)));
    }

    /** Scatters the bits of a number. */
    static long mix(long value) {
        long z = (value ^ (value >>> 30)) * 0xBF58476D1CE4E5B9L;
        z = (z ^ (z >>> 27)) * 0x94D049BB133111EBL;
        return z ^ (z >>> 31);
    }

    long nextLong() {
        state += GOLDEN;
        return mix(state);
    }

    /** Uniform in [0, 1). */
    double nextDouble() {
        return unit(nextLong());
    }

    /** The upper 53 bits as a number in [0, 1). */
    static double unit(long bits) {
        return (bits >>> 11) * 0x1p-53;
    }

    double uniform(double from, double to) {
        return from + (to - from) * nextDouble();
    }

    /** Uniform in 0 to {@code bound - 1}; for the small bounds here the bias is far below anything visible. */
    int nextInt(int bound) {
        return (int) (nextDouble() * bound);
    }

    boolean chance(double probability) {
        return nextDouble() < probability;
    }

    /** Near enough to a standard normal: a sum of four uniforms, scaled to variance 1. */
    double nextNormal() {
        return (nextDouble() + nextDouble() + nextDouble() + nextDouble() - 2) * 1.7320508075688772;
    }
}
