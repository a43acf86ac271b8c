package dev.dhmq.report;

import dev.dhmq.data.RgbImage;
import java.util.List;
import java.util.Optional;

/**
 * A picture that detectors are to be shown.
 *
 * @param image at its own size
 * @param truth annotated objects, by category id; empty where nobody annotated it
 */
record Photograph(String name, RgbImage image, Optional<List<Annotated>> truth) {
    /** One annotated object in pixels of the picture. */
    record Annotated(double x1, double y1, double x2, double y2, int categoryId) {}
}
