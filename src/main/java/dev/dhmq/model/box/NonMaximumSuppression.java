package dev.dhmq.model.box;

import dev.dhmq.model.Detection;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** Greedy non-maximum suppression, each class by itself: of boxes that overlap too much, the most confident stays. */
public final class NonMaximumSuppression {
    private NonMaximumSuppression() {}

    /**
     * The survivors, most confident first; equal scores keep their order.
     *
     * @param iouThreshold a box goes when its IoU with a survivor of its class is above this
     * @param limit at most this many survive
     */
    public static List<Detection> apply(List<Detection> candidates, double iouThreshold, int limit) {
        List<Detection> sorted = new ArrayList<>(candidates);
        sorted.sort(Comparator.comparingDouble(Detection::score).reversed());
        Map<Integer, List<Detection>> keptByClass = new HashMap<>();
        List<Detection> kept = new ArrayList<>();
        for (Detection candidate : sorted) {
            if (kept.size() == limit) {
                break;
            }
            List<Detection> sameClass = keptByClass.computeIfAbsent(candidate.label(), label -> new ArrayList<>());
            if (sameClass.stream().noneMatch(other -> iou(candidate, other) > iouThreshold)) {
                sameClass.add(candidate);
                kept.add(candidate);
            }
        }
        return kept;
    }

    private static double iou(Detection a, Detection b) {
        double w = Math.min(a.x2(), b.x2()) - Math.max(a.x1(), b.x1());
        double h = Math.min(a.y2(), b.y2()) - Math.max(a.y1(), b.y1());
        if (w <= 0 || h <= 0) {
            return 0;
        }
        double union = area(a) + area(b) - w * h;
        return w * h / union;
    }

    private static double area(Detection d) {
        return (double) (d.x2() - d.x1()) * (d.y2() - d.y1());
    }
}
