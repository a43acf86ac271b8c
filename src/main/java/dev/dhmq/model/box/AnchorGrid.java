package dev.dhmq.model.box;

import java.util.ArrayList;
import java.util.List;

/**
 * All anchors of one input size: level by level, row by row, column by column, and at each place every aspect ratio with
 * every scale. The order, and the rounding of the anchors at the origin, are torchvision's {@code AnchorGenerator}'s.
 *
 * @param boxes x1, y1, x2, y2 of every anchor, in input pixels
 * @param levelSizes anchors of each pyramid level
 */
public record AnchorGrid(double[] boxes, int[] levelSizes) {
    /** Each level has anchors of three scales: 1, 2^(1/3) and 2^(2/3) of its size. */
    public static final int SCALES = 3;

    /** Number of anchors. */
    public int size() {
        return boxes.length / 4;
    }

    /** Anchors at one place of one level. */
    public static int perPlace(List<Double> aspectRatios) {
        return SCALES * aspectRatios.size();
    }

    /**
     * Lays the anchors over the grids of the levels.
     *
     * @param gridHeights rows of each level's feature map
     * @param gridWidths columns of each level's feature map
     */
    public static AnchorGrid over(
            int height,
            int width,
            int[] gridHeights,
            int[] gridWidths,
            List<Integer> anchorSizes,
            List<Double> aspectRatios) {
        List<double[]> levels = new ArrayList<>();
        int[] levelSizes = new int[gridHeights.length];
        int total = 0;
        for (int level = 0; level < gridHeights.length; level++) {
            double[] atOrigin = anchorsAtOrigin(anchorSizes.get(level), aspectRatios);
            // Integer division: torchvision's strides are whole pixels even where the grid does not divide the input.
            double[] boxes = shift(
                    atOrigin,
                    gridHeights[level],
                    gridWidths[level],
                    height / gridHeights[level],
                    width / gridWidths[level]);
            levels.add(boxes);
            levelSizes[level] = boxes.length / 4;
            total += boxes.length;
        }
        double[] all = new double[total];
        int at = 0;
        for (double[] boxes : levels) {
            System.arraycopy(boxes, 0, all, at, boxes.length);
            at += boxes.length;
        }
        return new AnchorGrid(all, levelSizes);
    }

    private static double[] anchorsAtOrigin(int size, List<Double> aspectRatios) {
        double[] boxes = new double[4 * perPlace(aspectRatios)];
        int at = 0;
        for (double ratio : aspectRatios) {
            for (int scale = 0; scale < SCALES; scale++) {
                int scaled = (int) (size * Math.pow(2, scale / 3.0));
                double h = Math.sqrt(ratio) * scaled;
                double w = 1 / Math.sqrt(ratio) * scaled;
                boxes[at++] = Math.rint(-w / 2);
                boxes[at++] = Math.rint(-h / 2);
                boxes[at++] = Math.rint(w / 2);
                boxes[at++] = Math.rint(h / 2);
            }
        }
        return boxes;
    }

    private static double[] shift(double[] atOrigin, int rows, int columns, int strideY, int strideX) {
        double[] boxes = new double[rows * columns * atOrigin.length];
        int at = 0;
        for (int row = 0; row < rows; row++) {
            for (int column = 0; column < columns; column++) {
                for (int i = 0; i < atOrigin.length; i++) {
                    boxes[at++] = atOrigin[i] + (i % 2 == 0 ? column * strideX : row * strideY);
                }
            }
        }
        return boxes;
    }
}
