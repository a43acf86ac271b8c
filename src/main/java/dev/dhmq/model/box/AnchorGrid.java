package dev.dhmq.model.box;

import java.util.ArrayList;
import java.util.List;

/**
 * All anchors of one input size: level by level, row by row, column by column, and at each place every aspect ratio with
 * every size. The order, and the rounding of the anchors at the origin, are torchvision's {@code AnchorGenerator}'s.
 *
 * @param boxes x1, y1, x2, y2 of every anchor, in input pixels
 * @param levelSizes anchors of each pyramid level
 */
public record AnchorGrid(double[] boxes, int[] levelSizes) {

    /** Number of anchors. */
    public int size() {
        return boxes.length / 4;
    }

    /**
     * Lays the anchors over the grids of the levels.
     *
     * @param gridHeights rows of each level's feature map
     * @param gridWidths columns of each level's feature map
     */
    public static AnchorGrid over(int height, int width, int[] gridHeights, int[] gridWidths, AnchorShapes shapes) {
        List<double[]> levels = new ArrayList<>();
        int[] levelSizes = new int[gridHeights.length];
        int total = 0;
        for (int level = 0; level < gridHeights.length; level++) {
            double[] atOrigin = shapes.atOrigin(level);
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

    /**
     * Lays the anchors over a pyramid whose first level has this stride. Every further level halves the one before,
     * rounding up, as its strided convolution or pooling does.
     */
    public static AnchorGrid overPyramid(int height, int width, int firstStride, AnchorShapes shapes) {
        int[] heights = new int[shapes.levels()];
        int[] widths = new int[shapes.levels()];
        for (int level = 0; level < heights.length; level++) {
            heights[level] = level == 0 ? Math.ceilDiv(height, firstStride) : Math.ceilDiv(heights[level - 1], 2);
            widths[level] = level == 0 ? Math.ceilDiv(width, firstStride) : Math.ceilDiv(widths[level - 1], 2);
        }
        return over(height, width, heights, widths, shapes);
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
