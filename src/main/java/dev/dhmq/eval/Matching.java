package dev.dhmq.eval;

import dev.dhmq.data.CocoDataset;
import java.util.BitSet;
import java.util.List;
import java.util.stream.IntStream;

/**
 * Which detections of one class in one image found an object, at every IoU threshold, in one area range.
 *
 * @param scores of the detections, surest first
 * @param matched for each IoU threshold, the detections that found an object
 * @param ignored for each IoU threshold, the detections that count neither for nor against: they found a crowd or an
 *     object of another size, or found nothing and are of another size themselves
 * @param objects number of objects to find: no crowds, in the area range
 */
record Matching(double[] scores, BitSet[] matched, BitSet[] ignored, int objects) {

    static Matching of(ClassInImage image, CocoParameters.AreaRange range) {
        List<CocoDataset.Annotation> objects = image.objects();
        BitSet passedOver = new BitSet();
        for (int g = 0; g < objects.size(); g++) {
            passedOver.set(
                    g,
                    objects.get(g).ignored() || !range.contains(objects.get(g).area()));
        }
        // Objects that count come first, so that a detection takes one of the others only where none of them fits.
        int[] order = IntStream.concat(
                        IntStream.range(0, objects.size()).filter(g -> !passedOver.get(g)),
                        IntStream.range(0, objects.size()).filter(passedOver::get))
                .toArray();
        int thresholds = CocoParameters.IOU.length;
        BitSet[] matched = new BitSet[thresholds];
        BitSet[] ignored = new BitSet[thresholds];
        for (int t = 0; t < thresholds; t++) {
            matched[t] = new BitSet();
            ignored[t] = new BitSet();
            match(image, order, passedOver, CocoParameters.IOU[t], matched[t], ignored[t]);
            for (int d = 0; d < image.detections().size(); d++) {
                if (!matched[t].get(d)
                        && !range.contains(image.detections().get(d).area())) {
                    ignored[t].set(d);
                }
            }
        }
        return new Matching(
                image.detections().stream().mapToDouble(CocoResult::score).toArray(),
                matched,
                ignored,
                objects.size() - passedOver.cardinality());
    }

    /** Greedily, surest detection first, each takes the free object it overlaps most. */
    private static void match(
            ClassInImage image, int[] order, BitSet passedOver, double threshold, BitSet matched, BitSet ignored) {
        BitSet taken = new BitSet();
        for (int d = 0; d < image.detections().size(); d++) {
            int object = bestFree(image, d, order, passedOver, taken, threshold);
            if (object >= 0) {
                taken.set(object);
                matched.set(d);
                ignored.set(d, passedOver.get(object));
            }
        }
    }

    private static int bestFree(
            ClassInImage image, int detection, int[] order, BitSet passedOver, BitSet taken, double threshold) {
        // The reference keeps thresholds below 1, so that a perfect box always fits.
        double best = Math.min(threshold, 1 - 1e-10);
        int object = -1;
        for (int g : order) {
            // Any number of detections may fall into one crowd.
            if (taken.get(g) && !image.objects().get(g).crowd()) {
                continue;
            }
            if (object >= 0 && !passedOver.get(object) && passedOver.get(g)) {
                break;
            }
            // Of equals the later one is taken, as in the reference.
            if (image.iou()[detection][g] >= best) {
                best = image.iou()[detection][g];
                object = g;
            }
        }
        return object;
    }
}
