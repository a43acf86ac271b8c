package dev.dhmq.eval;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonGenerator;
import com.fasterxml.jackson.databind.JsonNode;
import dev.dhmq.InvalidInputException;
import dev.dhmq.data.CocoDataset;
import dev.dhmq.files.JsonFile;
import dev.dhmq.files.JsonObject;
import dev.dhmq.files.NewFile;
import dev.dhmq.model.Detection;
import dev.dhmq.model.DetectorConfig;
import dev.dhmq.model.Resize;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/** Detections as COCO results files, and detectors' output as COCO results. */
public final class CocoResults {
    private static final String WHAT = "a COCO results file";

    private CocoResults() {}

    /**
     * Reads a results file: an array of objects with image_id, category_id, bbox and score; other keys are passed over.
     *
     * @throws InvalidInputException where the file is missing or broken, or a detection has a box or score that is not
     *     finite or a size below 0
     */
    public static List<CocoResult> read(Path file) {
        List<CocoResult> results = new ArrayList<>();
        JsonFile.readArray(file, WHAT, (index, node) -> results.add(result(file, index, node)));
        return results;
    }

    private static CocoResult result(Path file, int index, JsonNode node) {
        JsonObject object = JsonObject.of(file + ": detection number " + (index + 1), node);
        double[] box = object.numbers("bbox", 4);
        for (double value : box) {
            if (!Double.isFinite(value)) {
                throw object.wrong("bbox", "holds " + value + "; every number in it must be finite");
            }
        }
        if (box[2] < 0 || box[3] < 0) {
            throw object.wrong(
                    "bbox", "has the size " + box[2] + "x" + box[3] + ", but width and height must be at least 0");
        }
        double score = object.number("score");
        if (!Double.isFinite(score)) {
            throw object.wrong("score", "is " + score + ", but must be finite");
        }
        return new CocoResult(
                object.integer("image_id"),
                object.integer("category_id", Integer.MIN_VALUE, Integer.MAX_VALUE),
                box[0],
                box[1],
                box[2],
                box[3],
                score);
    }

    /** Writes a results file, whole or not at all. */
    public static void write(Path file, List<CocoResult> results) {
        NewFile.write(file, out -> {
            try (JsonGenerator json = new JsonFactory().createGenerator(out)) {
                json.writeStartArray();
                for (CocoResult result : results) {
                    json.writeStartObject();
                    json.writeNumberField("image_id", result.imageId());
                    json.writeNumberField("category_id", result.categoryId());
                    json.writeFieldName("bbox");
                    double[] box = {result.x(), result.y(), result.width(), result.height()};
                    json.writeArray(box, 0, box.length);
                    json.writeNumberField("score", result.score());
                    json.writeEndObject();
                }
                json.writeEndArray();
            }
        });
    }

    /**
     * What a detector found in one image of a data set, brought from the network's input size to the image's own.
     *
     * @param config the detector's; its classes give the category ids
     */
    public static List<CocoResult> of(CocoDataset.Image image, List<Detection> detections, DetectorConfig config) {
        Resize.Size size = config.resize().sizeOf(image.width(), image.height(), config);
        float horizontal = (float) image.width() / size.width();
        float vertical = (float) image.height() / size.height();
        List<CocoResult> results = new ArrayList<>(detections.size());
        for (Detection detection : detections) {
            Detection box = detection.scaled(horizontal, vertical);
            results.add(new CocoResult(
                    image.id(),
                    config.classes().get(box.label()).id(),
                    box.x1(),
                    box.y1(),
                    (double) box.x2() - box.x1(),
                    (double) box.y2() - box.y1(),
                    box.score()));
        }
        return results;
    }
}
