package dev.dhmq.model.box;

/**
 * When a box stands for an object, by its largest IoU with any object: torchvision's {@code Matcher}.
 *
 * @param foreground from this IoU on it does
 * @param background below this IoU it stands for background; between the two it is ignored
 * @param keepsBest whether an object's best boxes are always its own, however small the overlap
 */
public record MatchRule(double foreground, double background, boolean keepsBest) {
    /** RetinaNet's anchors. */
    public static final MatchRule RETINANET = new MatchRule(0.5, 0.4, true);

    /** The anchors of Faster R-CNN's region proposal network. */
    public static final MatchRule PROPOSALS = new MatchRule(0.7, 0.3, true);

    /** The proposals that Faster R-CNN's box head sees. */
    public static final MatchRule REGIONS = new MatchRule(0.5, 0.5, false);
}
