package dev.dhmq.eval;

import java.util.List;
import java.util.Optional;

/**
 * Precision over recall of one class in one area range, over all images.
 *
 * @param precision for each IoU threshold, the precision at each of {@link CocoParameters#RECALL}
 * @param recall for each IoU threshold, the largest recall
 */
record PrecisionRecall(double[][] precision, double[] recall) {
    /** Added to the denominator, as the reference adds numpy's {@code spacing(1)}, so that 0 / 0 is 0. */
    private static final double SPACING = Math.ulp(1.0);

    /**
     * Accumulates matchings; empty where there is no object to find.
     *
     * @param images in ascending order of image ids, which decides between equal scores
     * @param maxDetections how many of the surest detections in each image count
     */
    static Optional<PrecisionRecall> of(List<Matching> images, int maxDetections) {
        int objects = images.stream().mapToInt(Matching::objects).sum();
        if (objects == 0) {
            return Optional.empty();
        }
        Ranking ranking = Ranking.of(images, maxDetections);
        double[][] precision = new double[CocoParameters.IOU.length][];
        double[] recall = new double[CocoParameters.IOU.length];
        for (int t = 0; t < recall.length; t++) {
            double[] recallAt = new double[ranking.size()];
            double[] precisionAt = new double[ranking.size()];
            accumulate(images, ranking, t, objects, recallAt, precisionAt);
            recall[t] = ranking.size() == 0 ? 0 : recallAt[ranking.size() - 1];
            raiseToEnvelope(precisionAt);
            precision[t] = readOff(recallAt, precisionAt);
        }
        return Optional.of(new PrecisionRecall(precision, recall));
    }

    /** Recall and precision when the detections down to each rank are taken. */
    private static void accumulate(
            List<Matching> images,
            Ranking ranking,
            int threshold,
            int objects,
            double[] recallAt,
            double[] precisionAt) {
        int truePositives = 0;
        int falsePositives = 0;
        for (int rank = 0; rank < ranking.size(); rank++) {
            Matching image = images.get(ranking.image()[rank]);
            int detection = ranking.detection()[rank];
            if (!image.ignored()[threshold].get(detection)) {
                if (image.matched()[threshold].get(detection)) {
                    truePositives++;
                } else {
                    falsePositives++;
                }
            }
            recallAt[rank] = (double) truePositives / objects;
            precisionAt[rank] = truePositives / (falsePositives + truePositives + SPACING);
        }
    }

    /** Replaces each precision by the largest at this or any higher recall. */
    private static void raiseToEnvelope(double[] precision) {
        for (int i = precision.length - 1; i > 0; i--) {
            precision[i - 1] = Math.max(precision[i - 1], precision[i]);
        }
    }

    /** Precision at the first rank that reaches each recall, or 0 where none does. */
    private static double[] readOff(double[] recallAt, double[] precisionAt) {
        double[] values = new double[CocoParameters.RECALL.length];
        int rank = 0;
        for (int r = 0; r < values.length; r++) {
            while (rank < recallAt.length && recallAt[rank] < CocoParameters.RECALL[r]) {
                rank++;
            }
            values[r] = rank < recallAt.length ? precisionAt[rank] : 0;
        }
        return values;
    }
}
