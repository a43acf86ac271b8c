package dev.dhmq.data;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import dev.dhmq.InvalidInputException;
import java.awt.image.BufferedImage;
import java.awt.image.DataBuffer;
import java.awt.image.IndexColorModel;
import java.awt.image.Raster;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.SplittableRandom;
import java.util.zip.CRC32;
import javax.imageio.IIOImage;
import javax.imageio.ImageIO;
import javax.imageio.ImageWriter;
import javax.imageio.stream.FileImageOutputStream;
import javax.imageio.stream.ImageOutputStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class ImageFileTest {
    @TempDir
    Path folder;

    @Test
    void readsRgbExactly() throws IOException {
        BufferedImage image = new BufferedImage(2, 1, BufferedImage.TYPE_INT_RGB);
        image.setRGB(0, 0, 0xFF8000);
        image.setRGB(1, 0, 0x0033CC);
        RgbImage read = ImageFile.read(write(image, "png"));
        assertThat(read.planes()).containsExactly(1, 0, 128 / 255f, 51 / 255f, 0, 204 / 255f);
    }

    @Test
    void dropsTransparency() throws IOException {
        BufferedImage image = new BufferedImage(1, 1, BufferedImage.TYPE_INT_ARGB);
        image.setRGB(0, 0, 0x40FF8033);
        assertThat(ImageFile.read(write(image, "png")).planes()).containsExactly(1, 128 / 255f, 51 / 255f);
    }

    @Test
    void looksUpPalettes() throws IOException {
        byte[] red = {0, (byte) 255, 51, 0};
        byte[] green = {0, 0, 102, 0};
        byte[] blue = {0, 0, (byte) 204, (byte) 255};
        BufferedImage image =
                new BufferedImage(2, 1, BufferedImage.TYPE_BYTE_BINARY, new IndexColorModel(2, 4, red, green, blue));
        image.getRaster().setSample(0, 0, 0, 1);
        image.getRaster().setSample(1, 0, 0, 2);
        assertThat(ImageFile.read(write(image, "png")).planes())
                .containsExactly(1, 51 / 255f, 0, 102 / 255f, 0, 204 / 255f);
    }

    @Test
    void repeatsGreySamplesAsTheyAreStored() throws IOException {
        BufferedImage image = new BufferedImage(16, 16, BufferedImage.TYPE_BYTE_GRAY);
        image.getRaster().setPixels(0, 0, 16, 16, filled(256, 100));
        assertThat(ImageFile.read(write(image, "png")).planes()).containsOnly(100 / 255f);
        // getRGB would make 165 of the stored 100. JPEG keeps a flat grey to a level or so.
        for (float value : ImageFile.read(write(image, "jpg")).planes()) {
            assertThat(value).isCloseTo(100 / 255f, within(1.5f / 255));
        }
    }

    @Test
    void scalesSixteenBitSamples() throws IOException {
        BufferedImage image = new BufferedImage(1, 1, BufferedImage.TYPE_USHORT_GRAY);
        image.getRaster().setSample(0, 0, 0, 65535 / 3);
        assertThat(ImageFile.read(write(image, "png")).planes()).containsOnly(21845 / 65535f);
    }

    @Test
    void filesThatAreNoPicturesAreNamed() throws IOException {
        Path text = folder.resolve("text.jpg");
        Files.writeString(text, "this is no picture");
        assertRefused(text, "text.jpg is neither a JPEG nor a PNG picture");
        Path empty = Files.createFile(folder.resolve("empty.png"));
        assertRefused(empty, "empty.png is empty");
        assertRefused(folder.resolve("gone.png"), "gone.png does not exist");
        assertRefused(folder, "is a folder");
    }

    @ParameterizedTest
    @ValueSource(strings = {"png", "jpg"})
    void picturesCutOffAreRefusedNotHalfGrey(String format) throws IOException {
        byte[] bytes = Files.readAllBytes(write(noise(64, 48), format));
        for (int length : new int[] {5, 30, bytes.length / 3, bytes.length * 3 / 4}) {
            Path cut = folder.resolve("cut." + format);
            Files.write(cut, Arrays.copyOf(bytes, length));
            assertRefused(cut, "cannot be decoded");
        }
    }

    @Test
    void aHugeSizeIsRefusedFromTheHeader() throws IOException {
        // A valid PNG header that promises 60000x60000 pixels, which as floats would be 43 GB.
        ByteArrayOutputStream png = new ByteArrayOutputStream();
        png.write(new byte[] {(byte) 0x89, 'P', 'N', 'G', '\r', '\n', 0x1A, '\n'});
        byte[] header = ByteBuffer.allocate(17)
                .put(new byte[] {'I', 'H', 'D', 'R'})
                .putInt(60000)
                .putInt(60000)
                .put(new byte[] {8, 2, 0, 0, 0})
                .array();
        CRC32 crc = new CRC32();
        crc.update(header);
        png.write(ByteBuffer.allocate(4).putInt(13).array());
        png.write(header);
        png.write(ByteBuffer.allocate(4).putInt((int) crc.getValue()).array());
        Path file = folder.resolve("huge.png");
        // The start of an image-data chunk, so that the header is all there is to read.
        png.write(new byte[] {0, 0, 0, 100, 'I', 'D', 'A', 'T'});
        Files.write(file, png.toByteArray());
        assertRefused(file, "60000x60000");
    }

    @Test
    void cmykIsRefusedByName() throws IOException {
        Path file = folder.resolve("ink.jpg");
        ImageWriter writer = ImageIO.getImageWritersByFormatName("jpeg").next();
        try (ImageOutputStream out = new FileImageOutputStream(file.toFile())) {
            writer.setOutput(out);
            // A bare raster of four bands is written as four inks.
            Raster inks = Raster.createInterleavedRaster(DataBuffer.TYPE_BYTE, 16, 16, 4, null);
            writer.write(null, new IIOImage(inks, null, null), null);
        } finally {
            writer.dispose();
        }
        assertRefused(file, "ink.jpg is in CMYK; convert it to RGB");
    }

    @ParameterizedTest
    @ValueSource(strings = {"png", "jpg"})
    void damagedPicturesGivePixelsOrOneSentence(String format) throws IOException {
        byte[] bytes = Files.readAllBytes(write(noise(24, 24), format));
        long seed = 20260;
        SplittableRandom random = new SplittableRandom(seed);
        Path file = folder.resolve("damaged." + format);
        for (int round = 0; round < 500; round++) {
            byte[] damaged = bytes.clone();
            for (int k = random.nextInt(1, 6); k > 0; k--) {
                damaged[random.nextInt(Math.min(damaged.length, 700))] = (byte) random.nextInt();
            }
            Files.write(file, damaged);
            try {
                assertThat(ImageFile.read(file).planes()).doesNotContain(Float.NaN);
            } catch (InvalidInputException e) {
                assertThat(e.getMessage()).as("seed %d round %d", seed, round).startsWith(file.toString());
            }
        }
    }

    private static void assertRefused(Path file, String words) {
        assertThatThrownBy(() -> ImageFile.read(file))
                .isInstanceOf(InvalidInputException.class)
                .hasMessageContaining(words);
    }

    private Path write(BufferedImage image, String format) throws IOException {
        Path file = folder.resolve("picture." + format);
        assertThat(ImageIO.write(image, format, file.toFile())).isTrue();
        return file;
    }

    private static BufferedImage noise(int width, int height) {
        BufferedImage image = new BufferedImage(width, height, BufferedImage.TYPE_INT_RGB);
        SplittableRandom random = new SplittableRandom(7);
        for (int i = 0; i < width * height; i++) {
            image.setRGB(i % width, i / width, random.nextInt());
        }
        return image;
    }

    private static int[] filled(int length, int value) {
        int[] values = new int[length];
        Arrays.fill(values, value);
        return values;
    }
}
