package dev.dhmq.report;

import dev.dhmq.data.RgbImage;
import java.awt.Graphics2D;
import java.awt.RenderingHints;
import java.awt.image.BufferedImage;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import javax.imageio.IIOImage;
import javax.imageio.ImageIO;
import javax.imageio.ImageWriteParam;
import javax.imageio.ImageWriter;
import javax.imageio.stream.MemoryCacheImageOutputStream;

/**
 * Pictures as they are embedded in a page: small enough to be sent about, and written anew, so that neither the place a
 * camera has noted nor the way it was held goes along.
 */
final class Jpeg {
    private static final float QUALITY = 0.86f;
    private static final int LONGEST_SIDE = 800;

    private Jpeg() {}

    static byte[] of(RgbImage picture) {
        ImageWriter writer = ImageIO.getImageWritersByFormatName("jpeg").next();
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        try (MemoryCacheImageOutputStream out = new MemoryCacheImageOutputStream(bytes)) {
            writer.setOutput(out);
            ImageWriteParam parameters = writer.getDefaultWriteParam();
            parameters.setCompressionMode(ImageWriteParam.MODE_EXPLICIT);
            parameters.setCompressionQuality(QUALITY);
            writer.write(null, new IIOImage(shrunk(picture.buffered()), null, null), parameters);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        } finally {
            writer.dispose();
        }
        return bytes.toByteArray();
    }

    /** Halved as often as that leaves enough pixels, since a bilinear step of more than two skips some; then the rest. */
    private static BufferedImage shrunk(BufferedImage image) {
        int longest = Math.max(image.getWidth(), image.getHeight());
        if (longest <= LONGEST_SIDE) {
            return image;
        }
        double factor = Math.max(0.5, (double) LONGEST_SIDE / longest);
        int width = Math.max(1, (int) Math.round(image.getWidth() * factor));
        int height = Math.max(1, (int) Math.round(image.getHeight() * factor));
        BufferedImage smaller = new BufferedImage(width, height, BufferedImage.TYPE_INT_RGB);
        Graphics2D graphics = smaller.createGraphics();
        graphics.setRenderingHint(RenderingHints.KEY_INTERPOLATION, RenderingHints.VALUE_INTERPOLATION_BILINEAR);
        graphics.drawImage(image, 0, 0, width, height, null);
        graphics.dispose();
        return shrunk(smaller);
    }
}
