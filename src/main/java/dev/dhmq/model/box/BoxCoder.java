package dev.dhmq.model.box;

/**
 * Box deltas relative to an anchor: shift of the centre in units of the anchor's size, and log of the size ratio
 * (Girshick et al., 2014). RetinaNet weighs all four by 1.
 */
public final class BoxCoder {
    /** Keeps exp() from running away: no box grows more than 1000/16 times, as in torchvision. */
    private static final double MAX_LOG_RATIO = Math.log(1000.0 / 16);

    private BoxCoder() {}

    /** Writes the four deltas that turn the anchor into the box. */
    public static void encode(double[] anchors, int anchor, double[] boxes, int box, double[] deltas, int at) {
        double anchorWidth = anchors[4 * anchor + 2] - anchors[4 * anchor];
        double anchorHeight = anchors[4 * anchor + 3] - anchors[4 * anchor + 1];
        double width = boxes[4 * box + 2] - boxes[4 * box];
        double height = boxes[4 * box + 3] - boxes[4 * box + 1];
        deltas[at] = (boxes[4 * box] + width / 2 - anchors[4 * anchor] - anchorWidth / 2) / anchorWidth;
        deltas[at + 1] = (boxes[4 * box + 1] + height / 2 - anchors[4 * anchor + 1] - anchorHeight / 2) / anchorHeight;
        deltas[at + 2] = Math.log(width / anchorWidth);
        deltas[at + 3] = Math.log(height / anchorHeight);
    }

    /** Applies the deltas to the anchor: x1, y1, x2, y2, clipped to the image. */
    public static double[] decode(
            double[] anchors, int anchor, float[] deltas, int at, int imageWidth, int imageHeight) {
        double anchorWidth = anchors[4 * anchor + 2] - anchors[4 * anchor];
        double anchorHeight = anchors[4 * anchor + 3] - anchors[4 * anchor + 1];
        double centreX = anchors[4 * anchor] + anchorWidth / 2 + deltas[at] * anchorWidth;
        double centreY = anchors[4 * anchor + 1] + anchorHeight / 2 + deltas[at + 1] * anchorHeight;
        double width = Math.exp(Math.min(deltas[at + 2], MAX_LOG_RATIO)) * anchorWidth;
        double height = Math.exp(Math.min(deltas[at + 3], MAX_LOG_RATIO)) * anchorHeight;
        return new double[] {
            Math.clamp(centreX - width / 2, 0, imageWidth),
            Math.clamp(centreY - height / 2, 0, imageHeight),
            Math.clamp(centreX + width / 2, 0, imageWidth),
            Math.clamp(centreY + height / 2, 0, imageHeight)
        };
    }
}
