package dev.dhmq.data;

import dev.dhmq.model.DetectorConfig;
import dev.dhmq.model.GroundTruth;
import dev.dhmq.model.Sample;
import java.util.ArrayList;
import java.util.List;

/** Makes a COCO data set of samples that come from no COCO file. */
final class GroundTruthDataset {
    private GroundTruthDataset() {}

    static CocoDataset of(String name, SampleSource samples) {
        List<CocoDataset.Image> images = new ArrayList<>();
        List<CocoDataset.Annotation> annotations = new ArrayList<>();
        for (int i = 0; i < samples.size(); i++) {
            Sample sample = samples.sample(i);
            CocoDataset.Image image = new CocoDataset.Image(i + 1L, sample.name(), sample.width(), sample.height());
            images.add(image);
            addObjects(sample.truth(), image, samples.classes(), annotations);
        }
        return CocoDataset.of(name, null, samples.classes(), images, annotations);
    }

    private static void addObjects(
            GroundTruth truth,
            CocoDataset.Image image,
            List<DetectorConfig.Category> classes,
            List<CocoDataset.Annotation> annotations) {
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
                    false));
        }
    }
}
