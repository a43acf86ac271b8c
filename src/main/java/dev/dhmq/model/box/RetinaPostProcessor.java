package dev.dhmq.model.box;

import dev.dhmq.model.Detection;
import java.util.ArrayList;
import java.util.List;

/**
 * From RetinaNet's raw outputs to detections, with torchvision's defaults: scores above 0.05, the best 1000 of each
 * pyramid level, boxes decoded and clipped, suppression at IoU 0.5 class by class, the best 300.
 *
 * <p>Stateless; safe for use by several threads.
 */
public final class RetinaPostProcessor {
    private static final double SCORE_THRESHOLD = 0.05;
    private static final int CANDIDATES_PER_LEVEL = 1000;
    private static final double IOU_THRESHOLD = 0.5;
    private static final int DETECTIONS = 300;

    private final AnchorGrid anchors;
    private final int classes;
    private final int width;
    private final int height;

    public RetinaPostProcessor(AnchorGrid anchors, int classes, int width, int height) {
        this.anchors = anchors;
        this.classes = classes;
        this.width = width;
        this.height = height;
    }

    /**
     * Detections of one image, most confident first, in input pixels.
     *
     * @param logits class logits, anchor by anchor; length {@code anchors x classes}
     * @param deltas box deltas, anchor by anchor; length {@code anchors x 4}
     */
    public List<Detection> detections(float[] logits, float[] deltas) {
        List<Detection> candidates = new ArrayList<>();
        int from = 0;
        for (int levelSize : anchors.levelSizes()) {
            for (int entry : bestEntries(logits, from * classes, (from + levelSize) * classes)) {
                candidates.add(decode(logits, deltas, entry));
            }
            from += levelSize;
        }
        return NonMaximumSuppression.apply(candidates, IOU_THRESHOLD, DETECTIONS);
    }

    private static List<Integer> bestEntries(float[] logits, int from, int to) {
        // Comparing logits saves a sigmoid for the many entries that do not pass.
        double threshold = Math.log(SCORE_THRESHOLD / (1 - SCORE_THRESHOLD));
        List<Integer> entries = new ArrayList<>();
        for (int i = from; i < to; i++) {
            if (logits[i] > threshold) {
                entries.add(i);
            }
        }
        if (entries.size() > CANDIDATES_PER_LEVEL) {
            entries.sort((a, b) -> Float.compare(logits[b], logits[a]));
            return entries.subList(0, CANDIDATES_PER_LEVEL);
        }
        return entries;
    }

    private Detection decode(float[] logits, float[] deltas, int entry) {
        int anchor = entry / classes;
        double[] box = BoxCoder.decode(anchors.boxes(), anchor, deltas, 4 * anchor, width, height);
        double score = 1 / (1 + Math.exp(-logits[entry]));
        return new Detection(
                (float) box[0], (float) box[1], (float) box[2], (float) box[3], (float) score, entry % classes);
    }
}
