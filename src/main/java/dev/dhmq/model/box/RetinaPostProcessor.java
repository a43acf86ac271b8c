package dev.dhmq.model.box;

import dev.dhmq.model.Detection;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * From RetinaNet's raw outputs to detections, with torchvision's defaults: scores above 0.05, the best 1000 of each
 * pyramid level, boxes decoded and clipped, suppression at IoU 0.5 class by class, the best 300.
 *
 * <p>Stateless; safe for use by several threads.
 */
public final class RetinaPostProcessor {
    /** Logit of the score 0.05: comparing logits saves a sigmoid for the many entries that do not pass. */
    public static final double LOGIT_THRESHOLD = Math.log(0.05 / 0.95);

    /** Entries of a level that are decoded at most. */
    public static final int CANDIDATES_PER_LEVEL = 1000;

    /** Boxes of a class that overlap a more confident one by more are dropped. */
    public static final double IOU_THRESHOLD = 0.5;

    /** At most this many remain. */
    public static final int DETECTIONS = 300;

    private final int classes;

    public RetinaPostProcessor(int classes) {
        this.classes = classes;
    }

    /**
     * The entries worth decoding: of those given, the best of each pyramid level.
     *
     * @param entries anchor times classes plus class, of every logit above the threshold, ascending
     * @param logits their logits
     * @return positions in {@code entries}
     */
    public int[] candidates(AnchorGrid anchors, long[] entries, double[] logits) {
        List<Integer> chosen = new ArrayList<>();
        int at = 0;
        long levelEnd = 0;
        for (int levelSize : anchors.levelSizes()) {
            levelEnd += (long) levelSize * classes;
            int from = at;
            while (at < entries.length && entries[at] < levelEnd) {
                at++;
            }
            double[] level = Arrays.copyOfRange(logits, from, at);
            int[] ranks = Ranks.descending(level);
            for (int i = 0; i < Math.min(CANDIDATES_PER_LEVEL, ranks.length); i++) {
                chosen.add(from + ranks[i]);
            }
        }
        return chosen.stream().mapToInt(Integer::intValue).toArray();
    }

    /**
     * Detections of one image, most confident first, in input pixels.
     *
     * @param entries anchor times classes plus class of each candidate
     * @param logits the candidates' logits
     * @param deltas the box deltas of the candidates' anchors, four each
     */
    public List<Detection> detections(
            AnchorGrid anchors, long[] entries, double[] logits, double[] deltas, ImageArea image) {
        double[] boxes = new double[4 * entries.length];
        int[] labels = new int[entries.length];
        for (int i = 0; i < entries.length; i++) {
            int anchor = (int) (entries[i] / classes);
            BoxCoder.ANCHORS.decode(anchors.boxes(), anchor, deltas, 4 * i, image, boxes, i);
            labels[i] = (int) (entries[i] % classes);
        }
        List<Detection> detections = new ArrayList<>();
        for (int i : NonMaximumSuppression.apply(boxes, logits, labels, IOU_THRESHOLD, DETECTIONS)) {
            detections.add(Detection.of(boxes, i, 1 / (1 + Math.exp(-logits[i])), labels[i]));
        }
        return detections;
    }
}
