package dev.dhmq.model.box;

/**
 * From the best anchors of each level to an image's proposals (Ren et al., 2015), as torchvision does it: boxes decoded,
 * clipped, those thinner than a thousandth of a pixel dropped, suppression at IoU 0.7 level by level, the most confident
 * kept.
 */
public final class ProposalFilter {
    /** Thinner boxes are dropped, in pixels. */
    public static final double LEAST_SIDE = 1e-3;

    /** Boxes of a level that overlap a more confident one by more are dropped. */
    public static final double IOU_THRESHOLD = 0.7;

    private ProposalFilter() {}

    /**
     * x1, y1, x2, y2 of every proposal, most confident first.
     *
     * @param candidates anchors worth decoding
     * @param levels pyramid level of each
     * @param logits objectness of each
     * @param deltas box deltas of each, four each
     * @param limit at most this many proposals
     */
    public static double[] proposals(
            AnchorGrid anchors,
            int[] candidates,
            int[] levels,
            double[] logits,
            double[] deltas,
            ImageArea image,
            int limit) {
        double[] boxes = new double[4 * candidates.length];
        for (int i = 0; i < candidates.length; i++) {
            BoxCoder.ANCHORS.decode(anchors.boxes(), candidates[i], deltas, 4 * i, image, boxes, i);
        }
        Candidates large = Candidates.atLeast(LEAST_SIDE, boxes, logits, levels);
        int[] kept = NonMaximumSuppression.apply(large.boxes(), large.scores(), large.groups(), IOU_THRESHOLD, limit);
        double[] proposals = new double[4 * kept.length];
        for (int i = 0; i < kept.length; i++) {
            System.arraycopy(large.boxes(), 4 * kept[i], proposals, 4 * i, 4);
        }
        return proposals;
    }
}
