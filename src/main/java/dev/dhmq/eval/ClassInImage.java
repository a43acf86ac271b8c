package dev.dhmq.eval;

import dev.dhmq.data.CocoDataset;
import java.util.Comparator;
import java.util.List;

/**
 * One class in one image: its objects, its surest detections, and how far they overlap.
 *
 * @param objects in the data set's order
 * @param detections surest first, equals in the order they came in, at most 100
 * @param iou one row for each detection, one column for each object; computed once and used for every area range
 */
record ClassInImage(List<CocoDataset.Annotation> objects, List<CocoResult> detections, double[][] iou) {

    static ClassInImage of(List<CocoDataset.Annotation> objects, List<CocoResult> detections) {
        List<CocoResult> surest = detections.stream()
                .sorted(Comparator.comparingDouble(detection -> descending(detection.score())))
                .limit(CocoParameters.MAX_DETECTIONS)
                .toList();
        return new ClassInImage(objects, surest, BoxIou.matrix(surest, objects));
    }

    /** A key that sorts scores from high to low; unlike {@code -score} it holds 0 and -0 for the same. */
    static double descending(double score) {
        return 0 - score;
    }
}
