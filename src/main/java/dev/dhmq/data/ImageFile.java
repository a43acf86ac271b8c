package dev.dhmq.data;

import dev.dhmq.InvalidInputException;
import java.awt.color.ColorSpace;
import java.awt.image.BufferedImage;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import javax.imageio.ImageIO;
import javax.imageio.ImageReader;
import javax.imageio.stream.FileImageInputStream;
import javax.imageio.stream.ImageInputStream;

/** Reads JPEG and PNG pictures. Safe for use by several threads. */
public final class ImageFile {
    /** A picture of this many pixels takes 1.2 GB as planes of floats. */
    private static final long MAX_PIXELS = 100_000_000;

    private ImageFile() {}

    /**
     * Reads a JPEG or PNG picture: grey is repeated in all three planes, a palette is looked up, transparency is dropped.
     * Samples are taken as they are stored; colour profiles and EXIF orientation ({@link ExifOrientation}) are not applied,
     * as in torchvision.
     *
     * @throws InvalidInputException where the file is missing, no such picture, damaged, in CMYK, or larger than 100
     *     megapixels (told from its header, before memory is taken)
     */
    public static RgbImage read(Path file) {
        if (!Files.exists(file)) {
            throw new InvalidInputException(file + " does not exist; check the images folder.");
        }
        try {
            String format = format(file);
            ImageReader reader = ImageIO.getImageReadersByFormatName(format).next();
            try (ImageInputStream in = new FileImageInputStream(file.toFile())) {
                return read(file, reader, in);
            } finally {
                reader.dispose();
            }
        } catch (IOException e) {
            throw damaged(file, e);
        }
    }

    /** Told from the first bytes, whatever the file is called. */
    private static String format(Path file) throws IOException {
        if (Files.isDirectory(file)) {
            throw new InvalidInputException(file + " is a folder, not a picture; check the file name.");
        }
        byte[] start;
        try (InputStream in = Files.newInputStream(file)) {
            start = in.readNBytes(4);
        }
        if (start.length == 4 && start[0] == (byte) 0xFF && start[1] == (byte) 0xD8 && start[2] == (byte) 0xFF) {
            return "jpeg";
        }
        if (start.length == 4 && start[0] == (byte) 0x89 && start[1] == 'P' && start[2] == 'N' && start[3] == 'G') {
            return "png";
        }
        throw new InvalidInputException(file
                + (start.length == 0 ? " is empty" : " is neither a JPEG nor a PNG picture")
                + "; replace it or take it out of the annotations.");
    }

    private static RgbImage read(Path file, ImageReader reader, ImageInputStream in) throws IOException {
        List<String> warnings = new ArrayList<>();
        reader.addIIOReadWarningListener((source, warning) -> warnings.add(warning));
        try {
            reader.setInput(in, true, true);
            int width = reader.getWidth(0);
            int height = reader.getHeight(0);
            if ((long) width * height > MAX_PIXELS) {
                throw new InvalidInputException(file + " says it has " + width + "x" + height
                        + " pixels, more than the 100 million this program reads; scale it down.");
            }
            BufferedImage image = reader.read(0);
            for (String warning : warnings) {
                if (tellsOfMissingData(warning)) {
                    throw new IOException(warning);
                }
            }
            requireRgbOrGrey(file, image);
            return RgbPlanes.of(image);
        } catch (InvalidInputException e) {
            throw e;
        } catch (RuntimeException e) {
            // Decoders answer damaged files with all kinds of unchecked exceptions, and they mean the file.
            throw damaged(file, e);
        }
    }

    /**
     * The JPEG decoder fills what is missing with grey and only warns. Its other warnings, such as stray bytes between
     * segments, come with whole pictures, COCO's own among them.
     */
    private static boolean tellsOfMissingData(String warning) {
        return warning.contains("Truncated File") || warning.contains("premature end");
    }

    private static void requireRgbOrGrey(Path file, BufferedImage image) {
        int type = image.getColorModel().getColorSpace().getType();
        if (type != ColorSpace.TYPE_RGB && type != ColorSpace.TYPE_GRAY) {
            throw new InvalidInputException(file + " is in "
                    + (type == ColorSpace.TYPE_CMYK ? "CMYK" : "neither RGB nor grey") + "; convert it to RGB.");
        }
    }

    private static InvalidInputException damaged(Path file, Exception e) {
        String reason = e.getMessage() == null ? e.getClass().getSimpleName() : e.getMessage();
        return new InvalidInputException(
                file + " cannot be decoded (" + reason + "); it is damaged or cut off, so replace it.", e);
    }
}
