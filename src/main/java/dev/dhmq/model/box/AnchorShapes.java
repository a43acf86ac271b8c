package dev.dhmq.model.box;

import java.util.List;

/**
 * The anchors at one place of each pyramid level.
 *
 * @param sizes square roots of the areas of each level's anchors, in input pixels; the same number on every level
 * @param aspectRatios height over width; every level has every ratio in every size
 */
public record AnchorShapes(List<int[]> sizes, List<Double> aspectRatios) {

    /** RetinaNet's: three sizes a level, 1, 2^(1/3) and 2^(2/3) times the given one, cut to whole pixels. */
    public static AnchorShapes octaves(List<Integer> sizes, List<Double> aspectRatios) {
        return new AnchorShapes(sizes.stream().map(AnchorShapes::octave).toList(), aspectRatios);
    }

    /** Faster R-CNN's: one size a level. */
    public static AnchorShapes single(List<Integer> sizes, List<Double> aspectRatios) {
        return new AnchorShapes(sizes.stream().map(size -> new int[] {size}).toList(), aspectRatios);
    }

    private static int[] octave(int size) {
        return new int[] {size, (int) (size * Math.pow(2, 1 / 3.0)), (int) (size * Math.pow(2, 2 / 3.0))};
    }

    /** Number of levels. */
    public int levels() {
        return sizes.size();
    }

    /** Anchors at one place of one level. */
    public int perPlace() {
        return sizes.getFirst().length * aspectRatios.size();
    }

    /** x1, y1, x2, y2 of the level's anchors around the origin, rounded half to even as torchvision rounds them. */
    public double[] atOrigin(int level) {
        double[] boxes = new double[4 * perPlace()];
        int at = 0;
        for (double ratio : aspectRatios) {
            for (int size : sizes.get(level)) {
                double h = Math.sqrt(ratio) * size;
                double w = 1 / Math.sqrt(ratio) * size;
                boxes[at++] = Math.rint(-w / 2);
                boxes[at++] = Math.rint(-h / 2);
                boxes[at++] = Math.rint(w / 2);
                boxes[at++] = Math.rint(h / 2);
            }
        }
        return boxes;
    }
}
