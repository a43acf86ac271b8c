package dev.dhmq.data;

import dev.dhmq.InvalidInputException;
import dev.dhmq.model.DetectorConfig;
import dev.dhmq.model.Sample;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Annotated images in COCO's terms: categories, images, and boxes in pixels of the original images.
 *
 * <p>Immutable and safe for use by several threads. Images keep the order of the file; so do the objects of each image.
 */
public final class CocoDataset {
    private final String source;
    private final @Nullable Path imageFolder;
    private final List<DetectorConfig.Category> categories;
    private final List<Image> images;
    private final Map<Long, Integer> indexById = new HashMap<>();
    private final List<List<Annotation>> objects = new ArrayList<>();
    private final int annotationCount;

    /**
     * One image.
     *
     * @param id unique in its data set
     * @param fileName where the picture lies in the images folder
     * @param width columns of the original
     * @param height rows of the original
     */
    public record Image(long id, String fileName, int width, int height) {}

    /**
     * One annotated object, or a crowd of them.
     *
     * @param id unique in its data set
     * @param imageId the image it is in
     * @param categoryId its class, one of {@link CocoDataset#categories()}
     * @param x left edge in pixels of the original image
     * @param y top edge
     * @param width at least 0, in pixels
     * @param height at least 0, in pixels
     * @param area of the object itself, at most about {@code width * height}; COCO sorts objects into small, medium and
     *     large by it
     * @param kind whether it counts
     */
    public record Annotation(
            long id,
            long imageId,
            int categoryId,
            double x,
            double y,
            double width,
            double height,
            double area,
            Kind kind) {
        /** Whether it is many objects in one box. */
        public boolean crowd() {
            return kind == Kind.CROWD;
        }

        /** Whether it is neither trained on nor counted as missed. */
        public boolean ignored() {
            return kind != Kind.OBJECT;
        }
    }

    /** What an annotation stands for. */
    public enum Kind {
        /** One object. */
        OBJECT,
        /** COCO's crowd: many objects in one box, in which any number of detections may fall. */
        CROWD,
        /** One object of VOC's that is too hard to be asked for. */
        DIFFICULT
    }

    private CocoDataset(
            String source,
            @Nullable Path imageFolder,
            List<DetectorConfig.Category> categories,
            List<Image> images,
            List<Annotation> annotations) {
        this.source = source;
        this.imageFolder = imageFolder;
        this.categories = categories.stream()
                .sorted(Comparator.comparingInt(DetectorConfig.Category::id))
                .toList();
        this.images = List.copyOf(images);
        this.annotationCount = annotations.size();
        for (Image image : images) {
            indexById.put(image.id(), indexById.size());
            objects.add(new ArrayList<>());
        }
        for (Annotation annotation : annotations) {
            objects.get(indexOf(annotation.imageId())).add(annotation);
        }
        objects.replaceAll(Collections::unmodifiableList);
    }

    /**
     * Reads annotations and remembers where their pictures lie; none of them is opened yet.
     *
     * @param annotations a COCO file; or Pascal VOC's: a folder of XML files, a list of names such as {@code
     *     ImageSets/Main/train.txt} with the XML files in {@code Annotations} beside {@code ImageSets}, or one XML file
     * @throws InvalidInputException with one sentence where a file is missing, broken or contradicts itself
     */
    public static CocoDataset read(Path annotations, Path images) {
        return read(annotations, images, List.of());
    }

    /**
     * Reads annotations for a model.
     *
     * @param classes the model's: VOC names classes without numbering them. COCO's numbers are taken as they are
     */
    public static CocoDataset read(Path annotations, Path images, List<DetectorConfig.Category> classes) {
        return VocReader.reads(annotations)
                ? new VocReader(annotations, images, classes).read()
                : new CocoReader(annotations, images).read();
    }

    /** Reads annotations without pictures, to judge detections by. {@link #sample} will not work on it. */
    public static CocoDataset read(Path annotations) {
        return VocReader.reads(annotations)
                ? new VocReader(annotations, null, List.of()).read()
                : new CocoReader(annotations, null).read();
    }

    /** The parts a reader has checked against each other. */
    static CocoDataset of(
            String source,
            @Nullable Path imageFolder,
            List<DetectorConfig.Category> categories,
            List<Image> images,
            List<Annotation> annotations) {
        return new CocoDataset(source, imageFolder, categories, images, annotations);
    }

    /**
     * Ground truth to judge detections on these samples by, in pixels of the samples. Image {@code i} has the id
     * {@code i + 1}. Every sample is loaded once.
     */
    public static CocoDataset of(String name, SampleSource samples) {
        GroundTruthDataset truth = new GroundTruthDataset(samples.classes());
        for (int i = 0; i < samples.size(); i++) {
            truth.add(samples.sample(i));
        }
        return truth.build(name);
    }

    /** The file or the samples it came from, for messages. */
    public String source() {
        return source;
    }

    /** Number of images. */
    public int size() {
        return images.size();
    }

    /** The image at this index. */
    public Image image(int index) {
        return images.get(index);
    }

    /** Index of the image with this id, or -1 where there is none. */
    public int indexOf(long imageId) {
        return indexById.getOrDefault(imageId, -1);
    }

    /** Everything annotated in the image at this index, crowds too, in the file's order. */
    public List<Annotation> objects(int index) {
        return objects.get(index);
    }

    /** The categories, by ascending id. */
    public List<DetectorConfig.Category> categories() {
        return categories;
    }

    /** Number of annotations in all images together. */
    public int annotationCount() {
        return annotationCount;
    }

    /**
     * This data set, for work that learns from objects.
     *
     * @throws InvalidInputException where it has no images or no objects
     */
    public CocoDataset requireObjects() {
        if (images.isEmpty()) {
            throw new InvalidInputException(source + " lists no images; name an annotations file with some.");
        }
        if (annotationCount == 0) {
            throw new InvalidInputException(
                    source + " has no annotations; this needs annotated objects, so name a file that has some.");
        }
        return this;
    }

    /**
     * Loads an image, resized as the detector wants it, with its objects.
     *
     * <p>Boxes are scaled along and cut at the image's edges. Crowds are left out, as are boxes of which less than a
     * hundredth of a pixel is in the image.
     *
     * @param config the detector's; its classes must contain the category of every object, found by id
     * @throws InvalidInputException where the picture cannot be read, is not of the size the annotations say, or shows
     *     an object of none of these classes
     */
    public Sample sample(int index, DetectorConfig config) {
        if (imageFolder == null) {
            throw new IllegalStateException(source + " was read without a folder of pictures.");
        }
        return CocoSamples.load(this, imageFolder, index, config);
    }

    /**
     * Loads an image at its own size, turned as its annotations count its pixels.
     *
     * @throws InvalidInputException where the picture cannot be read, or is not of the size the annotations say
     */
    public RgbImage picture(int index) {
        if (imageFolder == null) {
            throw new IllegalStateException(source + " was read without a folder of pictures.");
        }
        return CocoSamples.picture(this, imageFolder, index);
    }

    /** All images as this detector wants them; see {@link #sample}. */
    public SampleSource samples(DetectorConfig config) {
        return new CocoSamples(this, config);
    }
}
