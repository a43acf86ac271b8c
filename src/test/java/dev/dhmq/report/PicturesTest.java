package dev.dhmq.report;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.dhmq.InvalidInputException;
import dev.dhmq.Progress;
import dev.dhmq.data.CocoDataset;
import dev.dhmq.data.RgbImage;
import dev.dhmq.data.SceneWriter;
import dev.dhmq.data.SyntheticScenes;
import java.awt.image.BufferedImage;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.stream.IntStream;
import javax.imageio.ImageIO;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class PicturesTest {
    @TempDir
    Path folder;

    private static List<String> names(Photographs photographs) {
        return IntStream.range(0, photographs.size())
                .mapToObj(i -> photographs.get(i).name())
                .toList();
    }

    @Test
    void picturesAreDrawnBySeedAndShownInOrder() {
        SceneWriter.write(folder, new SyntheticScenes(3, 96, 64).samples(0, 8), Progress.NONE);
        Path images = SceneWriter.images(folder);
        List<String> drawn = names(Photographs.of(images, 4, 1));
        assertThat(drawn).hasSize(4).isSorted().doesNotHaveDuplicates();
        assertThat(names(Photographs.of(images, 4, 1))).isEqualTo(drawn);
        assertThat(IntStream.range(0, 10).mapToObj(seed -> names(Photographs.of(images, 4, seed))))
                .anyMatch(other -> !other.equals(drawn));
        assertThat(names(Photographs.of(images, 100, 1))).hasSize(8);
        Photograph annotated = Photographs.of(CocoDataset.read(SceneWriter.annotations(folder), images), 1, 2)
                .get(0);
        assertThat(annotated.truth()).isPresent();
        assertThat(annotated.image().width()).isEqualTo(96);
    }

    @Test
    void foldersWithoutPicturesAreRefused() throws IOException {
        Files.writeString(folder.resolve("notes.txt"), "no picture");
        assertThatThrownBy(() -> Photographs.of(folder, 1, 0))
                .isInstanceOf(InvalidInputException.class)
                .hasMessageContaining("holds no JPEG or PNG picture");
        assertThatThrownBy(() -> Photographs.of(folder.resolve("nowhere"), 1, 0))
                .isInstanceOf(InvalidInputException.class)
                .hasMessageContaining("is not a folder");
    }

    @Test
    void largePicturesAreEmbeddedSmaller() throws IOException {
        int width = 3000;
        int height = 600;
        float[] planes = new float[3 * width * height];
        for (int i = 0; i < width * height; i++) {
            planes[i] = i % width / (float) width; // red grows from left to right
        }
        BufferedImage image = ImageIO.read(new ByteArrayInputStream(Jpeg.of(new RgbImage(planes, width, height))));
        assertThat(image.getWidth()).isEqualTo(800);
        assertThat(image.getHeight()).isEqualTo(160);
        assertThat(image.getRGB(20, 80) >> 16 & 0xFF).isLessThan(20);
        assertThat(image.getRGB(780, 80) >> 16 & 0xFF).isGreaterThan(235);
    }

    @Test
    void boxesArePairedOnceAndClosestFirst() {
        Gallery.Box a = new Gallery.Box(0, 0, 10, 10, 0.9, 0);
        Gallery.Box near = new Gallery.Box(0, 0, 10, 8, 0.9, 0);
        Gallery.Box nearer = new Gallery.Box(0, 0, 10, 9.5, 0.9, 0);
        Gallery.Box otherClass = new Gallery.Box(0, 0, 10, 10, 0.9, 1);
        Gallery.Box far = new Gallery.Box(30, 30, 40, 40, 0.9, 0);
        BoxPairs pairs = BoxPairs.of(List.of(a), List.of(near, nearer, otherClass, far));
        assertThat(pairs.count()).isEqualTo(1);
        assertThat(pairs.inSecond()).containsExactly(false, true, false, false);
        assertThat(BoxPairs.of(List.of(), List.of(a)).inSecond()).containsExactly(false);
    }

    @Test
    void aPictureGathersWhatEachPlanFinds() {
        Gallery.Picture picture = new Gallery.Picture("p", 1, 1, new byte[0], Optional.empty(), List.of(), List.of());
        Gallery.Box box = new Gallery.Box(0, 0, 1, 1, 1, 0);
        assertThat(picture.with(List.of()).with(List.of(box)).quantized()).containsExactly(List.of(), List.of(box));
    }
}
