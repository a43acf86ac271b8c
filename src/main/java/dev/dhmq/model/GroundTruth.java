package dev.dhmq.model;

/**
 * The annotated objects of one image.
 *
 * @param boxes x1, y1, x2, y2 of each object, one after the other, in pixels of the network's input
 * @param labels index of each object's class in {@link DetectorConfig#classes()}
 */
public record GroundTruth(float[] boxes, int[] labels) {
    public GroundTruth {
        if (boxes.length != 4 * labels.length) {
            throw new IllegalArgumentException(
                    boxes.length + " box coordinates do not fit " + labels.length + " labels; each needs four.");
        }
    }

    /** The boxes in double precision. */
    public double[] doubleBoxes() {
        double[] wide = new double[boxes.length];
        for (int i = 0; i < boxes.length; i++) {
            wide[i] = boxes[i];
        }
        return wide;
    }

    /** Number of objects. */
    public int size() {
        return labels.length;
    }
}
