package dev.dhmq.data;

import java.awt.image.BufferedImage;

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

    /**
     * The planes of a decoded picture: grey is repeated, a palette is looked up, transparency is dropped.
     *
     * @throws dev.dhmq.InvalidInputException where it is in CMYK or other colours
     */
    public static RgbImage of(BufferedImage image) {
        return RgbPlanes.of(image, "The picture");
    }
}
