package dev.dhmq.model.box;

import java.util.Arrays;
import java.util.HashMap;
import java.util.Map;

/** Greedy non-maximum suppression, each group by itself: of boxes that overlap too much, the most confident stays. */
public final class NonMaximumSuppression {
    private NonMaximumSuppression() {}

    /**
     * The boxes that stay, most confident first; equal scores keep their order.
     *
     * @param boxes x1, y1, x2, y2 of every box
     * @param scores confidence of every box; any increasing function of it serves
     * @param groups only boxes of the same group suppress each other: classes, or pyramid levels
     * @param iouThreshold a box goes when its IoU with one that stays is above this
     * @param limit at most this many stay
     */
    public static int[] apply(double[] boxes, double[] scores, int[] groups, double iouThreshold, int limit) {
        Map<Integer, Kept> keptByGroup = new HashMap<>();
        int[] kept = new int[Math.min(limit, scores.length)];
        int count = 0;
        for (int candidate : Ranks.descending(scores)) {
            if (count == kept.length) {
                break;
            }
            Kept rivals = keptByGroup.computeIfAbsent(groups[candidate], _ -> new Kept());
            if (!rivals.suppress(boxes, candidate, iouThreshold)) {
                rivals.add(candidate);
                kept[count++] = candidate;
            }
        }
        return Arrays.copyOf(kept, count);
    }

    /** The boxes of one group that stay. */
    private static final class Kept {
        private int[] indices = new int[16];
        private int count;

        boolean suppress(double[] boxes, int candidate, double iouThreshold) {
            for (int i = 0; i < count; i++) {
                if (AnchorMatch.iou(boxes, candidate, boxes, indices[i]) > iouThreshold) {
                    return true;
                }
            }
            return false;
        }

        void add(int index) {
            if (count == indices.length) {
                indices = Arrays.copyOf(indices, 2 * count);
            }
            indices[count++] = index;
        }
    }
}
