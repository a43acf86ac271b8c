package dev.dhmq.data;

/** A picture being painted, and which object each pixel shows. */
final class SceneCanvas {
    /** Pixels are sampled at this many points each way, so that edges are smooth. */
    private static final int POINTS = 4;

    private static final int NOBODY = -1;

    final int width;
    final int height;
    final double[] pixels;
    private final int[] owner;

    SceneCanvas(int width, int height) {
        this.width = width;
        this.height = height;
        pixels = new double[Math.multiplyExact(3, Math.multiplyExact(width, height))];
        owner = new int[width * height];
        java.util.Arrays.fill(owner, NOBODY);
    }

    /** Paints everything. */
    void fill(SceneTexture texture) {
        for (int y = 0; y < height; y++) {
            for (int x = 0; x < width; x++) {
                blend(x, y, texture.at(x, y), 1);
            }
        }
    }

    /**
     * Paints an object over what is there.
     *
     * @return how many pixels it would fill if the picture had no edges
     */
    int paint(SceneObject object, int index) {
        int filled = 0;
        for (int y = (int) Math.floor(object.y() - object.reach()); y <= object.y() + object.reach(); y++) {
            for (int x = (int) Math.floor(object.x() - object.reach()); x <= object.x() + object.reach(); x++) {
                double coverage = coverage(object, x, y);
                if (coverage >= 0.5) {
                    filled++;
                }
                if (coverage > 0 && inside(x, y)) {
                    blend(x, y, object.texture().at(x - object.x(), y - object.y()), coverage);
                    if (coverage >= 0.5) {
                        owner[y * width + x] = index;
                    }
                }
            }
        }
        return filled;
    }

    /** Darkens the pixels under an outline by this share, without hiding what they show. */
    void shade(SceneObject outline, double share) {
        for (int y = (int) Math.floor(outline.y() - outline.reach()); y <= outline.y() + outline.reach(); y++) {
            for (int x = (int) Math.floor(outline.x() - outline.reach()); x <= outline.x() + outline.reach(); x++) {
                if (inside(x, y)) {
                    scale(x, y, 1 - share * coverage(outline, x, y));
                }
            }
        }
    }

    /** Multiplies a pixel's light. */
    void scale(int x, int y, double factor) {
        for (int plane = 0; plane < 3; plane++) {
            pixels[(plane * height + y) * width + x] *= factor;
        }
    }

    /** Mixes a colour into a pixel. */
    void blend(int x, int y, SceneColour colour, double share) {
        int red = y * width + x;
        int green = red + width * height;
        int blue = green + width * height;
        pixels[red] += (colour.red() - pixels[red]) * share;
        pixels[green] += (colour.green() - pixels[green]) * share;
        pixels[blue] += (colour.blue() - pixels[blue]) * share;
    }

    private boolean inside(int x, int y) {
        return x >= 0 && x < width && y >= 0 && y < height;
    }

    private static double coverage(SceneObject object, int x, int y) {
        int hits = 0;
        for (int j = 0; j < POINTS; j++) {
            for (int i = 0; i < POINTS; i++) {
                if (object.contains(x + (i + 0.5) / POINTS, y + (j + 0.5) / POINTS)) {
                    hits++;
                }
            }
        }
        return (double) hits / (POINTS * POINTS);
    }

    /** The pixels that show an object, and the box around them. */
    Visible visible(int index) {
        int left = width;
        int top = height;
        int right = 0;
        int bottom = 0;
        int count = 0;
        for (int y = 0; y < height; y++) {
            for (int x = 0; x < width; x++) {
                if (owner[y * width + x] == index) {
                    count++;
                    left = Math.min(left, x);
                    top = Math.min(top, y);
                    right = Math.max(right, x + 1);
                    bottom = Math.max(bottom, y + 1);
                }
            }
        }
        return new Visible(count, left, top, right, bottom);
    }

    /** Number of pixels, and the box around them with its right and bottom edges outside. */
    record Visible(int pixels, int left, int top, int right, int bottom) {}
}
