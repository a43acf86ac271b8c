package dev.dhmq.data;

import com.fasterxml.jackson.databind.JsonNode;
import dev.dhmq.InvalidInputException;
import dev.dhmq.files.JsonFile;
import dev.dhmq.files.JsonObject;
import dev.dhmq.model.DetectorConfig;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** Reads one COCO annotations file and checks it against itself. Used once. */
final class CocoReader {
    private static final String WHAT = "a COCO annotations file";
    private static final int MAX_SIDE = 1_000_000;

    private final Path file;
    private final @Nullable ImageFolder imageFolder;
    private final List<DetectorConfig.Category> categories = new ArrayList<>();
    private final Set<Integer> categoryIds = new HashSet<>();
    private final List<CocoDataset.Image> images = new ArrayList<>();
    private final Map<Long, CocoDataset.Image> imageById = new HashMap<>();
    private final List<CocoDataset.Annotation> annotations = new ArrayList<>();
    private final Set<Long> annotationIds = new HashSet<>();

    CocoReader(Path file, @Nullable Path imageFolder) {
        this.file = file;
        this.imageFolder = imageFolder == null ? null : ImageFolder.of(imageFolder, file);
    }

    CocoDataset read() {
        JsonFile.readArrays(
                file,
                WHAT,
                Map.of("categories", this::addCategory, "images", this::addImage, "annotations", this::addAnnotation));
        // The three arrays may come in any order, so what refers to another is checked when all are there.
        annotations.forEach(this::checkReferences);
        return CocoDataset.of(
                file.toString(), imageFolder == null ? null : imageFolder.path(), categories, images, annotations);
    }

    private void addCategory(int index, JsonNode node) {
        JsonObject category = identify("category", index, node);
        int id = category.integer("id", Integer.MIN_VALUE, Integer.MAX_VALUE);
        if (!categoryIds.add(id)) {
            throw duplicate(category, "category");
        }
        categories.add(new DetectorConfig.Category(id, category.text("name")));
    }

    private void addImage(int index, JsonNode node) {
        JsonObject object = identify("image", index, node);
        CocoDataset.Image image = new CocoDataset.Image(
                object.integer("id"),
                object.text("file_name"),
                object.integer("width", 1, MAX_SIDE),
                object.integer("height", 1, MAX_SIDE));
        if (imageById.put(image.id(), image) != null) {
            throw duplicate(object, "image");
        }
        if (imageFolder != null) {
            imageFolder.requireInside(object.where() + ": \"file_name\"", image.fileName());
        }
        images.add(image);
    }

    private void addAnnotation(int index, JsonNode node) {
        JsonObject object = identify("annotation", index, node);
        long id = object.integer("id");
        if (!annotationIds.add(id)) {
            throw duplicate(object, "annotation");
        }
        double[] box = object.numbers("bbox", 4);
        requireBox(object, box);
        double area = object.has("area") ? object.number("area") : box[2] * box[3];
        if (!(area >= 0) || Double.isInfinite(area)) {
            throw object.wrong("area", "must be a number of at least 0, but is " + area);
        }
        annotations.add(new CocoDataset.Annotation(
                id,
                object.integer("image_id"),
                object.integer("category_id", Integer.MIN_VALUE, Integer.MAX_VALUE),
                box[0],
                box[1],
                box[2],
                box[3],
                area,
                object.has("iscrowd") && object.integer("iscrowd", 0, 1) == 1
                        ? CocoDataset.Kind.CROWD
                        : CocoDataset.Kind.OBJECT));
    }

    private static void requireBox(JsonObject object, double[] box) {
        String shown = "[" + box[0] + ", " + box[1] + ", " + box[2] + ", " + box[3] + "] (x, y, width, height)";
        for (double value : box) {
            if (!Double.isFinite(value)) {
                throw object.wrong("bbox", "is " + shown + ", which is not finite; correct or remove this annotation");
            }
        }
        if (box[0] < 0 || box[1] < 0) {
            throw object.wrong(
                    "bbox", "is " + shown + ", which begins outside its picture; correct or remove this annotation");
        }
        if (box[2] <= 0 || box[3] <= 0) {
            throw object.wrong(
                    "bbox",
                    "is " + shown + ", but width and height must be greater than 0; correct or remove this annotation");
        }
    }

    private void checkReferences(CocoDataset.Annotation annotation) {
        String where = file + ": annotation " + annotation.id();
        CocoDataset.Image image = imageById.get(annotation.imageId());
        if (image == null) {
            throw new InvalidInputException(where + " names image " + annotation.imageId()
                    + ", which the file does not list; add the image or remove the annotation.");
        }
        if (!categoryIds.contains(annotation.categoryId())) {
            throw new InvalidInputException(where + " names category " + annotation.categoryId()
                    + ", which the file does not list; add the category or remove the annotation.");
        }
        // One pixel of grace for annotators' rounding.
        if (annotation.x() > image.width() + 1 || annotation.y() > image.height() + 1) {
            throw new InvalidInputException(where + " has a box that begins at (" + annotation.x() + ", "
                    + annotation.y() + "), outside its picture of " + image.width() + "x" + image.height()
                    + "; correct or remove it.");
        }
    }

    /** Names the element by its id where it has a usable one, else by its position. */
    private JsonObject identify(String kind, int index, JsonNode node) {
        JsonObject object = JsonObject.of(file + ": " + kind + " number " + (index + 1), node);
        return node.path("id").isIntegralNumber()
                ? object.at(file + ": " + kind + " " + node.path("id").asText())
                : object;
    }

    private static InvalidInputException duplicate(JsonObject object, String kind) {
        return new InvalidInputException(object.where() + " is there twice; give each " + kind + " an id of its own.");
    }
}
