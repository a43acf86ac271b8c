package dev.dhmq.eval;

import dev.dhmq.InvalidInputException;
import dev.dhmq.data.CocoDataset;
import dev.dhmq.eval.CocoParameters.AreaRange;
import dev.dhmq.model.DetectorConfig;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/**
 * COCO's evaluation of boxes: the same numbers as the reference {@code cocoeval.py} gives for {@code iouType="bbox"}.
 *
 * <p>Objects are sorted by size by their annotated area, detections by the area of their box. Detections of categories
 * the data set does not have are passed over, as in the reference.
 */
public final class CocoEvaluator {
    private final CocoDataset truth;
    private final ClassAverage all = new ClassAverage();
    private final ClassAverage small = new ClassAverage();
    private final ClassAverage medium = new ClassAverage();
    private final ClassAverage large = new ClassAverage();
    private final ClassAverage surest = new ClassAverage();
    private final ClassAverage tenSurest = new ClassAverage();

    private CocoEvaluator(CocoDataset truth) {
        this.truth = truth;
    }

    /**
     * Judges detections by a data set's annotations.
     *
     * @param results of all images together, in any order; images without any count as images where nothing was found
     * @throws InvalidInputException where a detection is in an image the data set does not have
     */
    public static CocoMetrics evaluate(CocoDataset truth, List<CocoResult> results) {
        CocoEvaluator evaluator = new CocoEvaluator(truth);
        Map<Integer, List<CocoResult>> resultsByCategory = new HashMap<>();
        for (CocoResult result : results) {
            if (truth.indexOf(result.imageId()) < 0) {
                throw new InvalidInputException("A detection names image " + result.imageId() + ", which "
                        + truth.source() + " does not list; use detections made on these images.");
            }
            resultsByCategory
                    .computeIfAbsent(result.categoryId(), id -> new ArrayList<>())
                    .add(result);
        }
        Map<Integer, List<CocoDataset.Annotation>> objectsByCategory = evaluator.objectsByCategory();
        for (DetectorConfig.Category category : truth.categories()) {
            evaluator.addClass(
                    objectsByCategory.getOrDefault(category.id(), List.of()),
                    resultsByCategory.getOrDefault(category.id(), List.of()));
        }
        return evaluator.metrics();
    }

    private Map<Integer, List<CocoDataset.Annotation>> objectsByCategory() {
        Map<Integer, List<CocoDataset.Annotation>> byCategory = new HashMap<>();
        for (int i = 0; i < truth.size(); i++) {
            for (CocoDataset.Annotation object : truth.objects(i)) {
                byCategory
                        .computeIfAbsent(object.categoryId(), id -> new ArrayList<>())
                        .add(object);
            }
        }
        return byCategory;
    }

    private void addClass(List<CocoDataset.Annotation> objects, List<CocoResult> results) {
        if (objects.isEmpty()) {
            return;
        }
        List<ClassInImage> images = images(objects, results);
        List<Matching> matchings = add(images, AreaRange.ALL, all);
        add(images, AreaRange.SMALL, small);
        add(images, AreaRange.MEDIUM, medium);
        add(images, AreaRange.LARGE, large);
        PrecisionRecall.of(matchings, 1).ifPresent(surest::add);
        PrecisionRecall.of(matchings, 10).ifPresent(tenSurest::add);
    }

    private static List<Matching> add(List<ClassInImage> images, AreaRange range, ClassAverage average) {
        List<Matching> matchings =
                images.stream().map(image -> Matching.of(image, range)).toList();
        PrecisionRecall.of(matchings, CocoParameters.MAX_DETECTIONS).ifPresent(average::add);
        return matchings;
    }

    /** The images that have objects or detections of one class, by ascending id. */
    private static List<ClassInImage> images(List<CocoDataset.Annotation> objects, List<CocoResult> results) {
        record Content(List<CocoDataset.Annotation> objects, List<CocoResult> results) {}
        Map<Long, Content> contents = new TreeMap<>();
        for (CocoDataset.Annotation object : objects) {
            contents.computeIfAbsent(object.imageId(), id -> new Content(new ArrayList<>(), new ArrayList<>()))
                    .objects()
                    .add(object);
        }
        for (CocoResult result : results) {
            contents.computeIfAbsent(result.imageId(), id -> new Content(new ArrayList<>(), new ArrayList<>()))
                    .results()
                    .add(result);
        }
        return contents.values().stream()
                .map(content -> ClassInImage.of(content.objects(), content.results()))
                .toList();
    }

    private CocoMetrics metrics() {
        return new CocoMetrics(
                all.ap(),
                all.ap(0.5),
                all.ap(0.75),
                small.ap(),
                medium.ap(),
                large.ap(),
                surest.ar(),
                tenSurest.ar(),
                all.ar(),
                small.ar(),
                medium.ar(),
                large.ar());
    }
}
