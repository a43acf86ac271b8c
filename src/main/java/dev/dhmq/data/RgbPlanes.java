package dev.dhmq.data;

import dev.dhmq.InvalidInputException;
import java.awt.color.ColorSpace;
import java.awt.image.BufferedImage;
import java.awt.image.IndexColorModel;
import java.awt.image.Raster;

/**
 * Turns decoded pictures into planes in [0, 1].
 *
 * <p>{@code BufferedImage.getRGB} would be shorter, but converts grey samples through a gamma curve, so that a grey JPEG
 * came out lighter than its stored values, which networks are trained on.
 */
final class RgbPlanes {
    private RgbPlanes() {}

    /**
     * The planes of a picture in RGB or grey.
     *
     * @param name what messages call it
     * @throws InvalidInputException where it is in other colours
     */
    static RgbImage of(BufferedImage image, String name) {
        int type = image.getColorModel().getColorSpace().getType();
        if (type != ColorSpace.TYPE_RGB && type != ColorSpace.TYPE_GRAY) {
            throw new InvalidInputException(name + " is in "
                    + (type == ColorSpace.TYPE_CMYK ? "CMYK" : "neither RGB nor grey") + "; convert it to RGB.");
        }
        return image.getColorModel() instanceof IndexColorModel palette
                ? ofPalette(image.getRaster(), palette)
                : ofSamples(image.getRaster());
    }

    /** One or two bands are grey (and transparency), three or four are RGB (and transparency). */
    private static RgbImage ofSamples(Raster raster) {
        int width = raster.getWidth();
        int height = raster.getHeight();
        int bands = raster.getNumBands();
        int colours = bands >= 3 ? 3 : 1;
        float[] planes = new float[3 * width * height];
        float[] scale = new float[colours];
        for (int band = 0; band < colours; band++) {
            scale[band] = (1 << raster.getSampleModel().getSampleSize(band)) - 1;
        }
        int[] row = new int[bands * width];
        for (int y = 0; y < height; y++) {
            raster.getPixels(raster.getMinX(), raster.getMinY() + y, width, 1, row);
            for (int plane = 0; plane < 3; plane++) {
                int band = colours == 3 ? plane : 0;
                int target = (plane * height + y) * width;
                for (int x = 0; x < width; x++) {
                    planes[target + x] = row[x * bands + band] / scale[band];
                }
            }
        }
        return new RgbImage(planes, width, height);
    }

    private static RgbImage ofPalette(Raster raster, IndexColorModel palette) {
        int width = raster.getWidth();
        int height = raster.getHeight();
        int size = width * height;
        float[] planes = new float[3 * size];
        int[] row = new int[width];
        for (int y = 0; y < height; y++) {
            raster.getSamples(raster.getMinX(), raster.getMinY() + y, width, 1, 0, row);
            for (int x = 0; x < width; x++) {
                int target = y * width + x;
                planes[target] = palette.getRed(row[x]) / 255f;
                planes[size + target] = palette.getGreen(row[x]) / 255f;
                planes[2 * size + target] = palette.getBlue(row[x]) / 255f;
            }
        }
        return new RgbImage(planes, width, height);
    }
}
