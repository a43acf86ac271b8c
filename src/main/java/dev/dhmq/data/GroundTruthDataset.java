package dev.dhmq.data;

import dev.dhmq.model.DetectorConfig;
import dev.dhmq.model.GroundTruth;
import dev.dhmq.model.Sample;
import java.util.ArrayList;
import java.util.List;

/** Makes a COCO data set of samples that come from no COCO file, one sample at a time; their pixels are not kept. */
final class GroundTruthDataset {
    private final List<DetectorConfig.Category> classes;
    private final List<CocoDataset.Image> images = new ArrayList<>();
    private final List<CocoDataset.Annotation> annotations = new ArrayList<>();

    GroundTruthDataset(List<DetectorConfig.Category> classes) {
        this.classes = classes;
    }

    /** The next image, whose id is its number, counted from 1. */
    void add(Sample sample) {
        CocoDataset.Image image =
                new CocoDataset.Image(images.size() + 1L, sample.name(), sample.width(), sample.height());
        images.add(image);
        GroundTruth truth = sample.truth();
        for (int k = 0; k < truth.size(); k++) {
            double x = truth.boxes()[4 * k];
            double y = truth.boxes()[4 * k + 1];
            double width = truth.boxes()[4 * k + 2] - x;
            double height = truth.boxes()[4 * k + 3] - y;
            annotations.add(new CocoDataset.Annotation(
                    annotations.size() + 1L,
                    image.id(),
                    classes.get(truth.labels()[k]).id(),
                    x,
                    y,
                    width,
                    height,
                    width * height,
                    CocoDataset.Kind.OBJECT));
        }
    }

    /** All samples added so far. */
    CocoDataset build(String name) {
        return CocoDataset.of(name, null, classes, images, annotations);
    }
}
