package dev.dhmq.data;

/**
 * A pattern of two colours over the plane: stripes, tiles, a gradient, or clouds, each mixed with some clouds.
 *
 * <p>Everything is computed by {@code StrictMath} and plain arithmetic, so that it is the same on every machine.
 */
final class SceneTexture {
    private enum Pattern {
        CLOUDS,
        GRADIENT,
        STRIPES,
        TILES
    }

    private final Pattern pattern;
    private final SceneColour first;
    private final SceneColour second;
    private final long noiseSeed;
    private final double noiseScale;
    private final double noiseShare;
    private final double cos;
    private final double sin;
    private final double period;
    private final double phase;

    /** A random texture of two colours whose features are about {@code scale} pixels large. */
    SceneTexture(SceneRandom random, SceneColour first, SceneColour second, double scale) {
        this.first = first;
        this.second = second;
        pattern = Pattern.values()[random.nextInt(Pattern.values().length)];
        noiseSeed = random.nextLong();
        noiseScale = scale * random.uniform(0.5, 2);
        noiseShare = pattern == Pattern.CLOUDS ? 1 : random.uniform(0.1, 0.5);
        double angle = random.uniform(0, 2 * Math.PI);
        cos = StrictMath.cos(angle);
        sin = StrictMath.sin(angle);
        period = pattern == Pattern.GRADIENT ? scale * 8 : scale * random.uniform(0.4, 1.2);
        phase = random.nextDouble();
    }

    SceneColour at(double x, double y) {
        double along = (x * cos + y * sin) / period + phase;
        double across = (y * cos - x * sin) / period + phase;
        double shape = switch (pattern) {
            case CLOUDS -> 0;
            case GRADIENT, STRIPES -> wave(along);
            case TILES -> wave(along) > 0.5 == wave(across) > 0.5 ? 0.8 : 0.2;
        };
        return first.towards(second, shape * (1 - noiseShare) + clouds(x / noiseScale, y / noiseScale) * noiseShare);
    }

    /** A wave of period 1 between 0 and 1, with soft turns. */
    private static double wave(double t) {
        double triangle = Math.abs(2 * (t - StrictMath.floor(t)) - 1);
        return smooth(triangle);
    }

    /** Value noise of three octaves, in [0, 1]. */
    private double clouds(double x, double y) {
        return (4 * valueNoise(x, y, 0) + 2 * valueNoise(2 * x, 2 * y, 1) + valueNoise(4 * x, 4 * y, 2)) / 7;
    }

    private double valueNoise(double x, double y, int octave) {
        double left = StrictMath.floor(x);
        double top = StrictMath.floor(y);
        double u = smooth(x - left);
        double v = smooth(y - top);
        long column = (long) left;
        long row = (long) top;
        double upper = lattice(column, row, octave) * (1 - u) + lattice(column + 1, row, octave) * u;
        double lower = lattice(column, row + 1, octave) * (1 - u) + lattice(column + 1, row + 1, octave) * u;
        return upper * (1 - v) + lower * v;
    }

    private double lattice(long column, long row, int octave) {
        return SceneRandom.unit(
                SceneRandom.mix(noiseSeed + SceneRandom.mix(column * 3 + octave) + row * 0x632BE59BD9B4E019L));
    }

    private static double smooth(double t) {
        return t * t * (3 - 2 * t);
    }
}
