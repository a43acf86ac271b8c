package dev.dhmq.data;

import dev.dhmq.files.NewFile;
import java.awt.image.BufferedImage;
import java.io.IOException;
import java.nio.file.Path;
import javax.imageio.ImageIO;

/** Writes pictures as PNG. */
public final class PngFile {
    private PngFile() {}

    /**
     * Writes a picture with 8 bits a channel, whole or not at all.
     *
     * @param planes red, green and blue, row by row; values outside [0, 1] are clamped
     */
    public static void write(Path file, float[] planes, int width, int height) {
        write(file, new RgbImage(planes, width, height).buffered());
    }

    /** Writes a picture as it is, whole or not at all. */
    public static void write(Path file, BufferedImage image) {
        NewFile.write(file, out -> {
            if (!ImageIO.write(image, "png", out)) {
                throw new IOException("This Java has no PNG writer");
            }
        });
    }
}
