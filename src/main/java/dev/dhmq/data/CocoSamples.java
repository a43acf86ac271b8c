package dev.dhmq.data;

import dev.dhmq.InvalidInputException;
import dev.dhmq.model.DetectorConfig;
import dev.dhmq.model.GroundTruth;
import dev.dhmq.model.Resize;
import dev.dhmq.model.Sample;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** A COCO data set's images as a detector wants them. */
record CocoSamples(CocoDataset dataset, DetectorConfig config) implements SampleSource {
    /** A box cut to less than this is the rounding of a box outside the picture. */
    private static final double LEAST_SIDE = 0.01;

    @Override
    public int size() {
        return dataset.size();
    }

    @Override
    public List<DetectorConfig.Category> classes() {
        return config.classes();
    }

    @Override
    public Sample sample(int index) {
        return dataset.sample(index, config);
    }

    static Sample load(CocoDataset dataset, Path imageFolder, int index, DetectorConfig config) {
        CocoDataset.Image image = dataset.image(index);
        Resize.Size size = config.resize().sizeOf(image.width(), image.height(), config);
        GroundTruth truth = truth(dataset, index, size, config.classes());
        RgbImage picture = picture(dataset, imageFolder, index);
        float[] pixels =
                BilinearResize.resize(picture, size.width(), size.height()).planes();
        return new Sample(image.fileName(), pixels, size.height(), size.width(), truth);
    }

    /** A picture of the size its annotations say. */
    static RgbImage picture(CocoDataset dataset, Path imageFolder, int index) {
        CocoDataset.Image image = dataset.image(index);
        RgbImage picture = asAnnotated(imageFolder.resolve(image.fileName()), image);
        if (picture.width() != image.width() || picture.height() != image.height()) {
            throw new InvalidInputException(imageFolder.resolve(image.fileName()) + " is " + picture.width() + "x"
                    + picture.height() + " pixels, but " + dataset.source() + " says " + image.width() + "x"
                    + image.height() + "; its boxes would not fit, so use the picture that was annotated.");
        }
        return picture;
    }

    /**
     * The picture's pixels as its annotations count them. torchvision reads them as stored, other programs turn them upright
     * first: the annotated size tells which, unless both ways give the same size.
     */
    private static RgbImage asAnnotated(Path file, CocoDataset.Image image) {
        RgbImage stored = ImageFile.read(file);
        ExifOrientation orientation = ExifOrientation.of(file);
        if (orientation == ExifOrientation.UPRIGHT) {
            return stored;
        }
        if (!orientation.transposes() || stored.width() == stored.height()) {
            throw new InvalidInputException(
                    file + " is stored turned or mirrored (its EXIF orientation says so), and its"
                            + " size does not tell whether its boxes were drawn on the stored or the upright picture; save it"
                            + " upright without the tag.");
        }
        return stored.width() == image.height() && stored.height() == image.width()
                ? orientation.upright(stored)
                : stored;
    }

    private static GroundTruth truth(
            CocoDataset dataset, int index, Resize.Size size, List<DetectorConfig.Category> classes) {
        Map<Integer, Integer> labels = labelByCategory(classes);
        CocoDataset.Image image = dataset.image(index);
        double horizontal = (double) size.width() / image.width();
        double vertical = (double) size.height() / image.height();
        List<CocoDataset.Annotation> objects = dataset.objects(index);
        float[] boxes = new float[4 * objects.size()];
        int[] label = new int[objects.size()];
        int count = 0;
        for (CocoDataset.Annotation object : objects) {
            double x1 = Math.min(object.x(), image.width());
            double y1 = Math.min(object.y(), image.height());
            double x2 = Math.min(object.x() + object.width(), image.width());
            double y2 = Math.min(object.y() + object.height(), image.height());
            if (object.ignored() || x2 - x1 < LEAST_SIDE || y2 - y1 < LEAST_SIDE) {
                continue;
            }
            boxes[4 * count] = (float) (x1 * horizontal);
            boxes[4 * count + 1] = (float) (y1 * vertical);
            boxes[4 * count + 2] = (float) (x2 * horizontal);
            boxes[4 * count + 3] = (float) (y2 * vertical);
            label[count] = label(labels, dataset, object);
            count++;
        }
        return new GroundTruth(Arrays.copyOf(boxes, 4 * count), Arrays.copyOf(label, count));
    }

    private static int label(Map<Integer, Integer> labels, CocoDataset dataset, CocoDataset.Annotation object) {
        Integer label = labels.get(object.categoryId());
        if (label == null) {
            throw new InvalidInputException(dataset.source() + ": annotation " + object.id() + " is of category "
                    + object.categoryId() + ", which is none of the model's classes " + labels.keySet()
                    + "; use annotations of the classes the model was made for.");
        }
        return label;
    }

    private static Map<Integer, Integer> labelByCategory(List<DetectorConfig.Category> classes) {
        Map<Integer, Integer> labels = new HashMap<>();
        for (DetectorConfig.Category category : classes) {
            labels.put(category.id(), labels.size());
        }
        return labels;
    }
}
