package dev.dhmq.data;

/**
 * A colour in [0, 1].
 *
 * @param red of the colour
 * @param green of the colour
 * @param blue of the colour
 */
record SceneColour(double red, double green, double blue) {

    /** Any hue, neither too pale nor too dark. */
    static SceneColour random(SceneRandom random, double leastSaturation, double mostSaturation) {
        return ofHsv(random.nextDouble(), random.uniform(leastSaturation, mostSaturation), random.uniform(0.3, 0.95));
    }

    /** Hue, saturation and value, each in [0, 1]. */
    static SceneColour ofHsv(double hue, double saturation, double value) {
        return new SceneColour(
                channel(hue, 5, saturation, value),
                channel(hue, 3, saturation, value),
                channel(hue, 1, saturation, value));
    }

    private static double channel(double hue, int shift, double saturation, double value) {
        double k = (shift + hue * 6) % 6;
        return value - value * saturation * Math.clamp(Math.min(k, 4 - k), 0, 1);
    }

    /** The colour a share {@code t} of the way to another. */
    SceneColour towards(SceneColour other, double t) {
        return new SceneColour(
                red + (other.red - red) * t, green + (other.green - green) * t, blue + (other.blue - blue) * t);
    }

    /** Largest difference of a channel. */
    double distance(SceneColour other) {
        return Math.max(
                Math.abs(red - other.red), Math.max(Math.abs(green - other.green), Math.abs(blue - other.blue)));
    }
}
