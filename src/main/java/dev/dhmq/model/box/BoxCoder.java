package dev.dhmq.model.box;

/**
 * Box deltas relative to an anchor or proposal: shift of the centre in units of its size, and log of the size ratio
 * (Girshick et al., 2014), each times a weight.
 *
 * @param centre weight of the shifts
 * @param size weight of the log ratios
 */
public record BoxCoder(double centre, double size) {
    /** RetinaNet's, and that of Faster R-CNN's region proposal network. */
    public static final BoxCoder ANCHORS = new BoxCoder(1, 1);

    /** That of Faster R-CNN's box head. */
    public static final BoxCoder REGIONS = new BoxCoder(10, 5);

    /** Keeps exp() from running away: no box grows more than 1000/16 times, as in torchvision. */
    public static final double MAX_LOG_RATIO = Math.log(1000.0 / 16);

    /** Writes the four deltas that turn the anchor into the box. */
    public void encode(double[] anchors, int anchor, double[] boxes, int box, double[] deltas, int at) {
        double anchorWidth = anchors[4 * anchor + 2] - anchors[4 * anchor];
        double anchorHeight = anchors[4 * anchor + 3] - anchors[4 * anchor + 1];
        double width = boxes[4 * box + 2] - boxes[4 * box];
        double height = boxes[4 * box + 3] - boxes[4 * box + 1];
        double right = boxes[4 * box] + width / 2 - anchors[4 * anchor] - anchorWidth / 2;
        double down = boxes[4 * box + 1] + height / 2 - anchors[4 * anchor + 1] - anchorHeight / 2;
        deltas[at] = centre * right / anchorWidth;
        deltas[at + 1] = centre * down / anchorHeight;
        deltas[at + 2] = size * Math.log(width / anchorWidth);
        deltas[at + 3] = size * Math.log(height / anchorHeight);
    }

    /** Applies the deltas to the anchor and writes x1, y1, x2, y2, clipped to the image. */
    public void decode(
            double[] anchors, int anchor, double[] deltas, int at, ImageArea image, double[] boxes, int box) {
        double anchorWidth = anchors[4 * anchor + 2] - anchors[4 * anchor];
        double anchorHeight = anchors[4 * anchor + 3] - anchors[4 * anchor + 1];
        double centreX = anchors[4 * anchor] + anchorWidth / 2 + deltas[at] / centre * anchorWidth;
        double centreY = anchors[4 * anchor + 1] + anchorHeight / 2 + deltas[at + 1] / centre * anchorHeight;
        double width = Math.exp(Math.min(deltas[at + 2] / size, MAX_LOG_RATIO)) * anchorWidth;
        double height = Math.exp(Math.min(deltas[at + 3] / size, MAX_LOG_RATIO)) * anchorHeight;
        boxes[4 * box] = Math.clamp(centreX - width / 2, 0, image.width());
        boxes[4 * box + 1] = Math.clamp(centreY - height / 2, 0, image.height());
        boxes[4 * box + 2] = Math.clamp(centreX + width / 2, 0, image.width());
        boxes[4 * box + 3] = Math.clamp(centreY + height / 2, 0, image.height());
    }
}
