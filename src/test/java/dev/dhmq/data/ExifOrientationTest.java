package dev.dhmq.data;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.dhmq.InvalidInputException;
import dev.dhmq.model.DetectorConfig.Category;
import dev.dhmq.model.Resize;
import dev.dhmq.model.Sample;
import java.awt.image.BufferedImage;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.SplittableRandom;
import javax.imageio.ImageIO;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

class ExifOrientationTest {
    @TempDir
    Path folder;

    @ParameterizedTest
    @EnumSource
    void theTagIsReadInBothByteOrders(ExifOrientation orientation) throws IOException {
        for (ByteOrder order : List.of(ByteOrder.LITTLE_ENDIAN, ByteOrder.BIG_ENDIAN)) {
            Path file = photograph(8, 6, Arrays.asList(ExifOrientation.values()).indexOf(orientation) + 1, order);
            assertThat(ExifOrientation.of(file)).isEqualTo(orientation);
            assertThat(ImageFile.read(file).width()).isEqualTo(8);
        }
    }

    @Test
    void picturesAreTurnedUprightFromFilesAndFromMemory() throws IOException {
        int tag = 0;
        for (ExifOrientation orientation : ExifOrientation.values()) {
            Path file = photograph(8, 6, ++tag, ByteOrder.BIG_ENDIAN);
            float[] expected = orientation.upright(ImageFile.read(file)).planes();
            assertThat(ImageFile.readUpright(file, 48).planes()).isEqualTo(expected);
            RgbImage decoded = ImageFile.readUpright(Files.readAllBytes(file), "a photograph", 48);
            assertThat(decoded.planes()).isEqualTo(expected);
            assertThat(decoded.width()).isEqualTo(orientation.transposes() ? 6 : 8);
            assertThatThrownBy(() -> ImageFile.readUpright(file, 47))
                    .hasMessageContaining("8x6 pixels, more than the 47");
        }
    }

    /** Exif tells where the stored first row and column are seen: at 6, row 0 on the right and column 0 on top. */
    @Test
    void everyOrientationPutsTheStoredCornerWhereExifSays() {
        // 2x3 pixels, 0 1 / 2 3 / 4 5; the corner is 0.
        float[] planes = new float[18];
        for (int i = 0; i < 18; i++) {
            planes[i] = i % 6;
        }
        RgbImage stored = new RgbImage(planes, 2, 3);

        assertThat(firstPlane(ExifOrientation.UPRIGHT, stored)).containsExactly(0, 1, 2, 3, 4, 5);
        assertThat(firstPlane(ExifOrientation.MIRRORED, stored)).containsExactly(1, 0, 3, 2, 5, 4);
        assertThat(firstPlane(ExifOrientation.UPSIDE_DOWN, stored)).containsExactly(5, 4, 3, 2, 1, 0);
        assertThat(firstPlane(ExifOrientation.FLIPPED, stored)).containsExactly(4, 5, 2, 3, 0, 1);
        assertThat(firstPlane(ExifOrientation.TRANSPOSED, stored)).containsExactly(0, 2, 4, 1, 3, 5);
        assertThat(firstPlane(ExifOrientation.TURNED_RIGHT, stored)).containsExactly(4, 2, 0, 5, 3, 1);
        assertThat(firstPlane(ExifOrientation.TRANSVERSED, stored)).containsExactly(5, 3, 1, 4, 2, 0);
        assertThat(firstPlane(ExifOrientation.TURNED_LEFT, stored)).containsExactly(1, 3, 5, 0, 2, 4);
    }

    private static float[] firstPlane(ExifOrientation orientation, RgbImage stored) {
        return Arrays.copyOf(orientation.upright(stored).planes(), 6);
    }

    @Test
    void theAnnotatedSizeTellsWhetherThePictureIsTurned() throws IOException {
        Path file = photograph(8, 6, 6, ByteOrder.BIG_ENDIAN);
        float[] stored = ImageFile.read(file).planes();

        Sample asStored = sample(file, 8, 6);
        Sample upright = sample(file, 6, 8);

        assertThat(asStored.pixels()).isEqualTo(stored);
        assertThat(upright.width()).isEqualTo(6);
        assertThat(upright.pixels())
                .isEqualTo(ExifOrientation.TURNED_RIGHT
                        .upright(ImageFile.read(file))
                        .planes());
    }

    @ParameterizedTest
    @ValueSource(ints = {2, 3, 4})
    void whereTheSizeCannotTellThePictureIsRefused(int tag) throws IOException {
        Path file = photograph(8, 6, tag, ByteOrder.LITTLE_ENDIAN);

        assertThatThrownBy(() -> sample(file, 8, 6))
                .isInstanceOf(InvalidInputException.class)
                .hasMessageContaining("EXIF orientation")
                .hasMessageContaining("save it upright");
    }

    @Test
    void damagedTagsThrowNothing() throws IOException {
        byte[] whole = Files.readAllBytes(photograph(8, 6, 6, ByteOrder.BIG_ENDIAN));
        Path file = folder.resolve("damaged.jpg");
        SplittableRandom random = new SplittableRandom(1);
        for (int i = 0; i < 2000; i++) {
            byte[] bytes = Arrays.copyOf(whole, i % 3 == 0 ? random.nextInt(whole.length) : whole.length);
            for (int k = 0; k < 3 && bytes.length > 2; k++) {
                bytes[2 + random.nextInt(Math.min(60, bytes.length - 2))] = (byte) random.nextInt();
            }
            Files.write(file, bytes);
            assertThat(ExifOrientation.of(file)).isNotNull();
        }
    }

    private static Sample sample(Path file, int width, int height) {
        List<Category> classes = List.of(new Category(1, "thing"));
        CocoDataset dataset = CocoDataset.of(
                "test",
                file.getParent(),
                classes,
                List.of(new CocoDataset.Image(1, String.valueOf(file.getFileName()), width, height)),
                List.of());
        return dataset.sample(0, InputConfig.of(Resize.STRETCH, width, height, classes));
    }

    private Path photograph(int width, int height, int tag, ByteOrder order) throws IOException {
        BufferedImage image = new BufferedImage(width, height, BufferedImage.TYPE_INT_RGB);
        SplittableRandom random = new SplittableRandom(5);
        for (int y = 0; y < height; y++) {
            for (int x = 0; x < width; x++) {
                image.setRGB(x, y, random.nextInt());
            }
        }
        ByteArrayOutputStream jpeg = new ByteArrayOutputStream();
        ImageIO.write(image, "jpeg", jpeg);
        byte[] plain = jpeg.toByteArray();
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        out.write(plain, 0, 2);
        out.write(exif(tag, order));
        out.write(plain, 2, plain.length - 2);
        return Files.write(folder.resolve("photo.jpg"), out.toByteArray());
    }

    /** An APP1 segment whose directory holds the orientation and one entry before it. */
    private static byte[] exif(int tag, ByteOrder order) {
        byte[] tiff = ByteBuffer.allocate(8 + 2 + 2 * 12 + 4)
                .order(order)
                .put((order == ByteOrder.LITTLE_ENDIAN ? "II" : "MM").getBytes(StandardCharsets.US_ASCII))
                .putShort((short) 42)
                .putInt(8)
                .putShort((short) 2)
                .putShort((short) 0x0100)
                .putShort((short) 4)
                .putInt(1)
                .putInt(7)
                .putShort((short) 0x0112)
                .putShort((short) 3)
                .putInt(1)
                .putShort((short) tag)
                .putShort((short) 0)
                .putInt(0)
                .array();
        return ByteBuffer.allocate(4 + 6 + tiff.length)
                .putShort((short) 0xFFE1)
                .putShort((short) (2 + 6 + tiff.length))
                .put("Exif\0\0".getBytes(StandardCharsets.US_ASCII))
                .put(tiff)
                .array();
    }
}
