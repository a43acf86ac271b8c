package dev.dhmq.report;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * Photographs and what float and quantized detectors find in them. Immutable.
 *
 * @param classes names of the classes, in the order of the labels
 * @param least confidence that a shown detection has
 */
public record Gallery(List<String> classes, double least, List<Picture> pictures) {
    public Gallery {
        classes = List.copyOf(classes);
        pictures = List.copyOf(pictures);
    }

    /**
     * One box.
     *
     * @param x1 left edge in pixels of the picture
     * @param y1 top edge
     * @param x2 right edge
     * @param y2 bottom edge
     * @param score confidence in [0, 1]; 1 of an annotated object
     * @param label index of its class
     */
    public record Box(double x1, double y1, double x2, double y2, double score, int label) {
        /** Intersection over union; 0 where the two do not touch. */
        double iou(Box other) {
            double width = Math.min(x2, other.x2) - Math.max(x1, other.x1);
            double height = Math.min(y2, other.y2) - Math.max(y1, other.y1);
            if (width <= 0 || height <= 0) {
                return 0;
            }
            double common = width * height;
            return common / ((x2 - x1) * (y2 - y1) + (other.x2 - other.x1) * (other.y2 - other.y1) - common);
        }
    }

    /**
     * One photograph.
     *
     * @param width columns; boxes are in its pixels, the embedded JPEG may be smaller
     * @param height rows
     * @param jpeg what is embedded
     * @param truth annotated objects; empty where nobody annotated it
     * @param floats what the float detector finds
     * @param quantized what each plan's finds, in the order of the report's plans
     */
    public record Picture(
            String name,
            int width,
            int height,
            byte[] jpeg,
            Optional<List<Box>> truth,
            List<Box> floats,
            List<List<Box>> quantized) {
        /** The same picture, and what one plan more finds in it. */
        Picture with(List<Box> found) {
            List<List<Box>> more = new ArrayList<>(quantized);
            more.add(found);
            return new Picture(name, width, height, jpeg, truth, floats, List.copyOf(more));
        }
    }
}
