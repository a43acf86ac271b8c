package dev.dhmq.data;

/** What a camera does to a scene: uneven light, a soft lens, noise, and 8 bits. */
final class SceneLight {
    private SceneLight() {}

    /** The finished picture in [0, 1], each value a multiple of 1/255, so that it can be stored without loss. */
    static float[] photograph(SceneCanvas canvas, SceneRandom random) {
        illuminate(canvas, random);
        double[] pixels = soften(canvas, random.uniform(0, 0.12));
        double noise = random.uniform(0.008, 0.04);
        float[] planes = new float[pixels.length];
        for (int i = 0; i < planes.length; i++) {
            double value = pixels[i] + noise * random.nextNormal();
            planes[i] = Math.round(Math.clamp(value, 0, 1) * 255) / 255f;
        }
        return planes;
    }

    /** A slope of light across the picture and darker corners. */
    private static void illuminate(SceneCanvas canvas, SceneRandom random) {
        double angle = random.uniform(0, 2 * Math.PI);
        double slope = random.uniform(0, 0.35);
        double cos = slope * StrictMath.cos(angle);
        double sin = slope * StrictMath.sin(angle);
        double brightness = random.uniform(0.75, 1.1);
        double corners = random.uniform(0, 0.25);
        for (int y = 0; y < canvas.height; y++) {
            double v = 2 * (y + 0.5) / canvas.height - 1;
            for (int x = 0; x < canvas.width; x++) {
                double u = 2 * (x + 0.5) / canvas.width - 1;
                canvas.scale(x, y, brightness * (1 + u * cos + v * sin) * (1 - corners * (u * u + v * v) / 2));
            }
        }
    }

    /** Gives each of the four neighbours this share of a pixel; at the edges the pixel keeps it. */
    private static double[] soften(SceneCanvas canvas, double share) {
        double[] soft = new double[canvas.pixels.length];
        for (int plane = 0; plane < 3; plane++) {
            int offset = plane * canvas.width * canvas.height;
            for (int y = 0; y < canvas.height; y++) {
                for (int x = 0; x < canvas.width; x++) {
                    int at = offset + y * canvas.width + x;
                    double centre = canvas.pixels[at];
                    double neighbours = (x > 0 ? canvas.pixels[at - 1] : centre)
                            + (x < canvas.width - 1 ? canvas.pixels[at + 1] : centre)
                            + (y > 0 ? canvas.pixels[at - canvas.width] : centre)
                            + (y < canvas.height - 1 ? canvas.pixels[at + canvas.width] : centre);
                    soft[at] = centre * (1 - 4 * share) + neighbours * share;
                }
            }
        }
        return soft;
    }
}
