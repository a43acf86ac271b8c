package dev.dhmq.model.box;

import dev.dhmq.model.Detection;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;

/**
 * From what Faster R-CNN's box head says of an image's proposals to detections, with torchvision's defaults: every class
 * of a proposal with a score above 0.05 is a box of its own, decoded and clipped; those thinner than a hundredth of a
 * pixel are dropped; suppression at IoU 0.5 class by class; the best 100.
 */
public final class RegionPostProcessor {
    /** Scores must be above it. */
    public static final double SCORE_THRESHOLD = 0.05;

    /** Thinner boxes are dropped, in pixels. */
    public static final double LEAST_SIDE = 1e-2;

    /** Boxes of a class that overlap a more confident one by more are dropped. */
    public static final double IOU_THRESHOLD = 0.5;

    /** At most this many remain. */
    public static final int DETECTIONS = 100;

    private RegionPostProcessor() {}

    /**
     * Detections of one image, most confident first, in input pixels.
     *
     * @param proposals x1, y1, x2, y2 of every proposal
     * @param probabilities of every proposal being background or one of the classes; length {@code proposals x (1 +
     *     classes)}
     * @param deltas box deltas, four for the background, which are not used, and for every class; length {@code
     *     proposals x (1 + classes) x 4}
     */
    public static List<Detection> detections(
            double[] proposals, double[] probabilities, double[] deltas, int classes, ImageArea image) {
        int outputs = classes + 1;
        int[] passing = IntStream.range(0, probabilities.length)
                .filter(entry -> entry % outputs != 0 && probabilities[entry] > SCORE_THRESHOLD)
                .toArray();
        double[] boxes = new double[4 * passing.length];
        double[] scores = new double[passing.length];
        int[] labels = new int[passing.length];
        for (int i = 0; i < passing.length; i++) {
            int entry = passing[i];
            BoxCoder.REGIONS.decode(proposals, entry / outputs, deltas, 4 * entry, image, boxes, i);
            scores[i] = probabilities[entry];
            labels[i] = entry % outputs - 1;
        }
        Candidates large = Candidates.atLeast(LEAST_SIDE, boxes, scores, labels);
        List<Detection> detections = new ArrayList<>();
        for (int i :
                NonMaximumSuppression.apply(large.boxes(), large.scores(), large.groups(), IOU_THRESHOLD, DETECTIONS)) {
            detections.add(Detection.of(large.boxes(), i, large.scores()[i], large.groups()[i]));
        }
        return detections;
    }
}
