package dev.dhmq.data;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonGenerator;
import dev.dhmq.files.NewFile;
import dev.dhmq.model.DetectorConfig;
import java.io.IOException;
import java.nio.file.Path;

/** Writes COCO annotations files. */
public final class CocoWriter {
    private CocoWriter() {}

    /** Writes a data set's annotations, whole or not at all; its pictures stay where they are. */
    public static void write(Path file, CocoDataset dataset) {
        NewFile.write(file, out -> {
            try (JsonGenerator json = new JsonFactory().createGenerator(out)) {
                json.writeStartObject();
                writeCategories(json, dataset);
                writeImages(json, dataset);
                writeAnnotations(json, dataset);
                json.writeEndObject();
            }
        });
    }

    private static void writeCategories(JsonGenerator json, CocoDataset dataset) throws IOException {
        json.writeArrayFieldStart("categories");
        for (DetectorConfig.Category category : dataset.categories()) {
            json.writeStartObject();
            json.writeNumberField("id", category.id());
            json.writeStringField("name", category.name());
            json.writeEndObject();
        }
        json.writeEndArray();
    }

    private static void writeImages(JsonGenerator json, CocoDataset dataset) throws IOException {
        json.writeArrayFieldStart("images");
        for (int i = 0; i < dataset.size(); i++) {
            CocoDataset.Image image = dataset.image(i);
            json.writeStartObject();
            json.writeNumberField("id", image.id());
            json.writeStringField("file_name", image.fileName());
            json.writeNumberField("width", image.width());
            json.writeNumberField("height", image.height());
            json.writeEndObject();
        }
        json.writeEndArray();
    }

    private static void writeAnnotations(JsonGenerator json, CocoDataset dataset) throws IOException {
        json.writeArrayFieldStart("annotations");
        for (int i = 0; i < dataset.size(); i++) {
            for (CocoDataset.Annotation object : dataset.objects(i)) {
                json.writeStartObject();
                json.writeNumberField("id", object.id());
                json.writeNumberField("image_id", object.imageId());
                json.writeNumberField("category_id", object.categoryId());
                json.writeFieldName("bbox");
                json.writeArray(new double[] {object.x(), object.y(), object.width(), object.height()}, 0, 4);
                json.writeNumberField("area", object.area());
                json.writeNumberField("iscrowd", object.crowd() ? 1 : 0);
                json.writeEndObject();
            }
        }
        json.writeEndArray();
    }
}
