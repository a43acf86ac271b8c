package dev.dhmq.model;

/**
 * One detected object.
 *
 * @param x1 left edge, in pixels
 * @param y1 top edge
 * @param x2 right edge
 * @param y2 bottom edge
 * @param score confidence in [0, 1]
 * @param label index of the class in {@link DetectorConfig#classes()}
 */
public record Detection(float x1, float y1, float x2, float y2, float score, int label) {
    /** A detection whose box is number {@code index} of these, x1, y1, x2, y2 each. */
    public static Detection of(double[] boxes, int index, double score, int label) {
        return new Detection(
                (float) boxes[4 * index],
                (float) boxes[4 * index + 1],
                (float) boxes[4 * index + 2],
                (float) boxes[4 * index + 3],
                (float) score,
                label);
    }

    /** The same box in an image whose axes are scaled by these factors. */
    public Detection scaled(float horizontal, float vertical) {
        return new Detection(x1 * horizontal, y1 * vertical, x2 * horizontal, y2 * vertical, score, label);
    }
}
