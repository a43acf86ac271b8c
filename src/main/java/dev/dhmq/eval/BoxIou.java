package dev.dhmq.eval;

import dev.dhmq.data.CocoDataset;
import java.util.List;

/** Intersection over union of detections with objects. */
final class BoxIou {
    private BoxIou() {}

    /** One row for each detection, one column for each object. */
    static double[][] matrix(List<CocoResult> detections, List<CocoDataset.Annotation> objects) {
        double[][] iou = new double[detections.size()][objects.size()];
        for (int d = 0; d < iou.length; d++) {
            for (int g = 0; g < iou[d].length; g++) {
                iou[d][g] = iou(detections.get(d), objects.get(g));
            }
        }
        return iou;
    }

    /**
     * Intersection over union; with a crowd, intersection over the detection's area, so that a detection inside a crowd
     * fits it wholly.
     */
    static double iou(CocoResult detection, CocoDataset.Annotation object) {
        double width = Math.min(detection.x() + detection.width(), object.x() + object.width())
                - Math.max(detection.x(), object.x());
        double height = Math.min(detection.y() + detection.height(), object.y() + object.height())
                - Math.max(detection.y(), object.y());
        if (width <= 0 || height <= 0) {
            return 0;
        }
        double intersection = width * height;
        double union =
                object.crowd() ? detection.area() : detection.area() + object.width() * object.height() - intersection;
        return intersection / union;
    }
}
