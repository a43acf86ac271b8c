package dev.dhmq.model.box;

import java.util.Arrays;
import java.util.stream.IntStream;

/**
 * Which object each anchor stands for, by torchvision's {@code Matcher} with RetinaNet's thresholds: the object it
 * overlaps most if the IoU is at least 0.5; none below 0.4; ignored between. An object's best anchors are always its
 * own, however small the overlap.
 *
 * @param foreground anchors that stand for an object, ascending
 * @param objects the object each of them stands for
 * @param ignored anchors that count neither as object nor as background, ascending
 */
public record AnchorMatch(int[] foreground, int[] objects, int[] ignored) {
    private static final double FOREGROUND = 0.5;
    private static final double BACKGROUND = 0.4;
    private static final int NONE = -1;
    private static final int BETWEEN = -2;

    /** Matches anchors to boxes; both hold x1, y1, x2, y2 one after the other. */
    public static AnchorMatch of(double[] anchors, double[] boxes) {
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
            match[anchor] = bestIou[anchor] >= FOREGROUND
                    ? best[anchor]
                    : bestIou[anchor] < BACKGROUND || highest.length == 0 ? NONE : BETWEEN;
        }
        for (int object = 0; object < highest.length; object++) {
            for (int anchor = 0; anchor < count; anchor++) {
                double iou = iou(anchors, anchor, boxes, object);
                // An object no anchor touches must not claim every anchor it does not touch.
                if (iou > 0 && iou == highest[object]) {
                    match[anchor] = best[anchor];
                }
            }
        }
        int[] foreground = IntStream.range(0, count).filter(a -> match[a] >= 0).toArray();
        int[] objects = Arrays.stream(foreground).map(a -> match[a]).toArray();
        int[] ignored =
                IntStream.range(0, count).filter(a -> match[a] == BETWEEN).toArray();
        return new AnchorMatch(foreground, objects, ignored);
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
