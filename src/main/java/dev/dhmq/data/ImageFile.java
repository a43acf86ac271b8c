package dev.dhmq.data;

import dev.dhmq.InvalidInputException;
import java.awt.image.BufferedImage;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import javax.imageio.ImageIO;
import javax.imageio.ImageReader;
import javax.imageio.stream.FileImageInputStream;
import javax.imageio.stream.ImageInputStream;
import javax.imageio.stream.MemoryCacheImageInputStream;

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
        return read(file, MAX_PIXELS);
    }

    private static RgbImage read(Path file, long maxPixels) {
        if (!Files.exists(file)) {
            throw new InvalidInputException(file + " does not exist; check the images folder.");
        }
        if (Files.isDirectory(file)) {
            throw new InvalidInputException(file + " is a folder, not a picture; check the file name.");
        }
        try {
            byte[] start;
            try (InputStream in = Files.newInputStream(file)) {
                start = in.readNBytes(4);
            }
            try (ImageInputStream in = new FileImageInputStream(file.toFile())) {
                return read(file.toString(), start, in, maxPixels);
            }
        } catch (IOException e) {
            throw damaged(file.toString(), e);
        }
    }

    /**
     * Reads a JPEG or PNG picture as people see it: as {@link #read(Path)} does, then turned upright where its EXIF orientation
     * says that it is stored otherwise.
     *
     * @param maxPixels more are refused; at most 100 million are read
     * @throws InvalidInputException as that does
     */
    public static RgbImage readUpright(Path file, long maxPixels) {
        RgbImage stored = read(file, Math.min(maxPixels, MAX_PIXELS));
        return ExifOrientation.of(file).upright(stored);
    }

    /**
     * As {@link #readUpright(Path, long)}, from memory.
     *
     * @param bytes of a JPEG or PNG file
     * @param name what messages call it
     */
    public static RgbImage readUpright(byte[] bytes, String name, long maxPixels) {
        try (ImageInputStream in = new MemoryCacheImageInputStream(new ByteArrayInputStream(bytes))) {
            byte[] start = Arrays.copyOf(bytes, Math.min(bytes.length, 4));
            RgbImage stored = read(name, start, in, Math.min(maxPixels, MAX_PIXELS));
            return ExifOrientation.of(bytes).upright(stored);
        } catch (IOException e) {
            throw damaged(name, e);
        }
    }

    private static RgbImage read(String file, byte[] start, ImageInputStream in, long maxPixels) throws IOException {
        ImageReader reader =
                ImageIO.getImageReadersByFormatName(format(file, start)).next();
        try {
            return read(file, reader, in, maxPixels);
        } finally {
            reader.dispose();
        }
    }

    /** Told from the first bytes, whatever the file is called. */
    private static String format(String file, byte[] start) {
        if (start.length == 4 && start[0] == (byte) 0xFF && start[1] == (byte) 0xD8 && start[2] == (byte) 0xFF) {
            return "jpeg";
        }
        if (start.length == 4 && start[0] == (byte) 0x89 && start[1] == 'P' && start[2] == 'N' && start[3] == 'G') {
            return "png";
        }
        throw new InvalidInputException(file
                + (start.length == 0 ? " is empty" : " is neither a JPEG nor a PNG picture")
                + "; replace it or leave it out.");
    }

    private static RgbImage read(String file, ImageReader reader, ImageInputStream in, long maxPixels)
            throws IOException {
        List<String> warnings = new ArrayList<>();
        reader.addIIOReadWarningListener((source, warning) -> warnings.add(warning));
        try {
            reader.setInput(in, true, true);
            int width = reader.getWidth(0);
            int height = reader.getHeight(0);
            if ((long) width * height > maxPixels) {
                throw new InvalidInputException(file + " says it has " + width + "x" + height
                        + " pixels, more than the " + pixels(maxPixels) + " this program reads; scale it down.");
            }
            BufferedImage image = reader.read(0);
            for (String warning : warnings) {
                if (tellsOfMissingData(warning)) {
                    throw new IOException(warning);
                }
            }
            return RgbPlanes.of(image, file);
        } catch (InvalidInputException e) {
            throw e;
        } catch (RuntimeException e) {
            // Decoders answer damaged files with all kinds of unchecked exceptions, and they mean the file.
            throw damaged(file, e);
        }
    }

    private static String pixels(long count) {
        return count % 1_000_000 == 0 ? count / 1_000_000 + " million" : Long.toString(count);
    }

    /**
     * The JPEG decoder fills what is missing with grey and only warns. Its other warnings, such as stray bytes between
     * segments, come with whole pictures, COCO's own among them.
     */
    private static boolean tellsOfMissingData(String warning) {
        return warning.contains("Truncated File") || warning.contains("premature end");
    }

    private static InvalidInputException damaged(String file, Exception e) {
        String reason = e.getMessage() == null ? e.getClass().getSimpleName() : e.getMessage();
        return new InvalidInputException(
                file + " cannot be decoded (" + reason + "); it is damaged or cut off, so replace it.", e);
    }
}
