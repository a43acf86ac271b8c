package dev.dhmq.data;

/**
 * A picture as red, green and blue planes.
 *
 * @param planes the planes one after the other, row by row, each value in [0, 1]; length {@code 3 * height * width}
 * @param width columns
 * @param height rows
 */
public record RgbImage(float[] planes, int width, int height) {
    public RgbImage {
        if (planes.length != 3L * height * width) {
            throw new IllegalArgumentException(
                    planes.length + " values are not three planes of " + width + "x" + height + " pixels.");
        }
    }
}
