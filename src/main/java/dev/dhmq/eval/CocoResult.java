package dev.dhmq.eval;

/**
 * One detection in COCO's results format.
 *
 * @param imageId the image it is in
 * @param categoryId its class, by the data set's id
 * @param x left edge in pixels of the original image
 * @param y top edge
 * @param width at least 0, in pixels
 * @param height at least 0, in pixels
 * @param score confidence; finite, higher is surer
 */
public record CocoResult(long imageId, int categoryId, double x, double y, double width, double height, double score) {
    /** Area of the box in square pixels. */
    public double area() {
        return width * height;
    }
}
