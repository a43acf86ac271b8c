package dev.dhmq.data;

import dev.dhmq.model.DetectorConfig;
import dev.dhmq.model.GroundTruth;
import dev.dhmq.model.Resize;
import dev.dhmq.model.Sample;
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

    /** The picture with 8 bits a channel; values outside [0, 1] are clamped. */
    public BufferedImage buffered() {
        int size = width * height;
        int[] pixels = new int[size];
        for (int i = 0; i < size; i++) {
            pixels[i] = level(planes[i]) << 16 | level(planes[size + i]) << 8 | level(planes[2 * size + i]);
        }
        BufferedImage image = new BufferedImage(width, height, BufferedImage.TYPE_INT_RGB);
        image.setRGB(0, 0, width, height, pixels, 0, width);
        return image;
    }

    private static int level(float value) {
        return Math.round(Math.clamp(value, 0f, 1f) * 255);
    }

    /**
     * The picture as this detector's network wants it, without annotations.
     *
     * @param name what messages call it
     */
    public Sample sample(String name, DetectorConfig config) {
        Resize.Size size = config.resize().sizeOf(width, height, config);
        float[] pixels =
                BilinearResize.resize(this, size.width(), size.height()).planes();
        return new Sample(name, pixels, size.height(), size.width(), new GroundTruth(new float[0], new int[0]));
    }
}
