package dev.dhmq.data;

/**
 * Bilinear resizing, as torch's {@code interpolate(mode="bilinear", align_corners=False, antialias=False)}: pixel centres
 * lie at half coordinates, and source coordinates are clamped at the first and last pixel's centre.
 */
public final class BilinearResize {
    private BilinearResize() {}

    /** The picture at another size; the same picture where the size is the same. */
    public static RgbImage resize(RgbImage from, int width, int height) {
        if (width < 1 || height < 1) {
            throw new IllegalArgumentException("A picture cannot be resized to " + width + "x" + height + ".");
        }
        if (from.width() == width && from.height() == height) {
            return from;
        }
        Axis columns = new Axis(from.width(), width);
        Axis rows = new Axis(from.height(), height);
        float[] to = new float[Math.multiplyExact(3, Math.multiplyExact(width, height))];
        for (int plane = 0; plane < 3; plane++) {
            int source = plane * from.width() * from.height();
            int target = plane * width * height;
            for (int y = 0; y < height; y++) {
                resizeRow(
                        from.planes(),
                        source + rows.before[y] * from.width(),
                        source + rows.after[y] * from.width(),
                        rows.weight[y],
                        columns,
                        to,
                        target + y * width);
            }
        }
        return new RgbImage(to, width, height);
    }

    private static void resizeRow(
            float[] from, int upper, int lower, float lowerWeight, Axis columns, float[] to, int target) {
        float upperWeight = 1 - lowerWeight;
        for (int x = 0; x < columns.weight.length; x++) {
            int left = columns.before[x];
            int right = columns.after[x];
            float rightWeight = columns.weight[x];
            float leftWeight = 1 - rightWeight;
            to[target + x] = upperWeight * (leftWeight * from[upper + left] + rightWeight * from[upper + right])
                    + lowerWeight * (leftWeight * from[lower + left] + rightWeight * from[lower + right]);
        }
    }

    /** For each target position of one axis: the two source positions around it, and the second one's weight. */
    private static final class Axis {
        final int[] before;
        final int[] after;
        final float[] weight;

        Axis(int from, int to) {
            before = new int[to];
            after = new int[to];
            weight = new float[to];
            // In float, as torch computes them: in double some weights would differ in the last bits.
            float scale = (float) from / to;
            for (int i = 0; i < to; i++) {
                float position = Math.max(0, scale * (i + 0.5f) - 0.5f);
                before[i] = Math.min((int) position, from - 1);
                after[i] = Math.min(before[i] + 1, from - 1);
                weight[i] = Math.min(Math.max(position - before[i], 0), 1);
            }
        }
    }
}
