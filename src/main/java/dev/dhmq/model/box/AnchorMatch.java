package dev.dhmq.model.box;

import java.util.Arrays;
import java.util.function.IntPredicate;
import java.util.stream.IntStream;

/**
 * Which object each anchor, or each proposal, stands for: the one it overlaps most, where the {@link MatchRule} finds the
 * overlap large enough.
 *
 * @param foreground anchors that stand for an object, ascending
 * @param objects the object each of them stands for
 * @param background anchors that stand for none, ascending
 * @param ignored anchors that count neither as object nor as background, ascending
 */
public record AnchorMatch(int[] foreground, int[] objects, int[] background, int[] ignored) {
    private static final int NONE = -1;
    private static final int BETWEEN = -2;

    /** Matches anchors to boxes; both hold x1, y1, x2, y2 one after the other. */
    public static AnchorMatch of(double[] anchors, double[] boxes, MatchRule rule) {
        int count = anchors.length / 4;
        int[] best = new int[count];
        double[] bestIou = new double[count];
        double[] highest = new double[boxes.length / 4];
        for (int object = 0; object < highest.length; object++) {
            for (int anchor = 0; anchor < count; anchor++) {
                double iou = iou(anchors, anchor, boxes, object);
                if (iou > bestIou[anchor]) {
                    bestIou[anchor] = iou;
                    best[anchor] = object;
                }
                highest[object] = Math.max(highest[object], iou);
            }
        }
        int[] match = new int[count];
        for (int anchor = 0; anchor < count; anchor++) {
            match[anchor] = bestIou[anchor] >= rule.foreground()
                    ? best[anchor]
                    : bestIou[anchor] < rule.background() || highest.length == 0 ? NONE : BETWEEN;
        }
        if (rule.keepsBest()) {
            claimBest(anchors, boxes, highest, best, match);
        }
        int[] foreground = where(match, value -> value >= 0);
        int[] objects = Arrays.stream(foreground).map(a -> match[a]).toArray();
        return new AnchorMatch(
                foreground, objects, where(match, value -> value == NONE), where(match, value -> value == BETWEEN));
    }

    private static void claimBest(double[] anchors, double[] boxes, double[] highest, int[] best, int[] match) {
        for (int object = 0; object < highest.length; object++) {
            for (int anchor = 0; anchor < match.length; anchor++) {
                double iou = iou(anchors, anchor, boxes, object);
                // An object no anchor touches must not claim every anchor it does not touch.
                if (iou > 0 && iou == highest[object]) {
                    match[anchor] = best[anchor];
                }
            }
        }
    }

    private static int[] where(int[] match, IntPredicate holds) {
        return IntStream.range(0, match.length)
                .filter(anchor -> holds.test(match[anchor]))
                .toArray();
    }

    /** Intersection over union of box {@code i} of {@code a} and box {@code j} of {@code b}; 0 where they are apart. */
    static double iou(double[] a, int i, double[] b, int j) {
        double w = Math.min(a[4 * i + 2], b[4 * j + 2]) - Math.max(a[4 * i], b[4 * j]);
        double h = Math.min(a[4 * i + 3], b[4 * j + 3]) - Math.max(a[4 * i + 1], b[4 * j + 1]);
        if (w <= 0 || h <= 0) {
            return 0;
        }
        double areaA = (a[4 * i + 2] - a[4 * i]) * (a[4 * i + 3] - a[4 * i + 1]);
        double areaB = (b[4 * j + 2] - b[4 * j]) * (b[4 * j + 3] - b[4 * j + 1]);
        return w * h / (areaA + areaB - w * h);
    }
}
