package dev.dhmq.eval;

import java.util.Arrays;
import java.util.stream.IntStream;

/** Averages precision and recall over classes and IoU thresholds. Classes with nothing to find are not added. */
final class ClassAverage {
    /** What COCO reports where there was nothing to find in any class. */
    private static final double NOTHING = -1;

    private final double[] precision = new double[CocoParameters.IOU.length];
    private final double[] recall = new double[CocoParameters.IOU.length];
    private int classes;

    void add(PrecisionRecall ofClass) {
        for (int t = 0; t < precision.length; t++) {
            precision[t] += Arrays.stream(ofClass.precision()[t]).sum() / CocoParameters.RECALL.length;
            recall[t] += ofClass.recall()[t];
        }
        classes++;
    }

    /** Average precision over all thresholds. */
    double ap() {
        return mean(precision);
    }

    /** Average precision at one IoU threshold, which must be one of {@link CocoParameters#IOU}. */
    double ap(double iou) {
        int threshold = IntStream.range(0, precision.length)
                .filter(t -> CocoParameters.IOU[t] == iou)
                .findFirst()
                .orElseThrow();
        return classes == 0 ? NOTHING : precision[threshold] / classes;
    }

    /** Average of the largest recall over all thresholds. */
    double ar() {
        return mean(recall);
    }

    private double mean(double[] sums) {
        return classes == 0 ? NOTHING : Arrays.stream(sums).sum() / ((double) classes * sums.length);
    }
}
