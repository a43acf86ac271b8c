package dev.dhmq.data;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.dhmq.InvalidInputException;
import dev.dhmq.Progress;
import dev.dhmq.model.DetectorConfig;
import dev.dhmq.model.Sample;
import dev.dhmq.model.TinyDetector;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Two splits judged as one. */
class UnitedDatasetTest {
    @TempDir
    Path folder;

    private CocoDataset part(String name, int first, int count) {
        Path scenes = folder.resolve(name);
        SceneWriter.write(scenes, new SyntheticScenes(3, 96, 64).samples(first, count), Progress.NONE);
        return CocoDataset.read(SceneWriter.annotations(scenes), SceneWriter.images(scenes));
    }

    private static DetectorConfig config(CocoDataset dataset) {
        return TinyDetector.config(DetectorConfig.RETINANET, dataset.categories());
    }

    @Test
    void imagesFollowEachOtherWithTheirObjects() {
        CocoDataset first = part("first", 0, 2);
        CocoDataset second = part("second", 10, 3);
        DetectorConfig config = config(first);
        UnitedDataset united = UnitedDataset.of(List.of(first, second), config);
        assertThat(united.truth().size()).isEqualTo(5);
        assertThat(united.samples().size()).isEqualTo(5);
        assertThat(united.truth().annotationCount()).isEqualTo(first.annotationCount() + second.annotationCount());
        for (int i = 0; i < 5; i++) {
            CocoDataset part = i < 2 ? first : second;
            int within = i < 2 ? i : i - 2;
            // Both files number their images from 1, so they are numbered anew.
            assertThat(united.truth().image(i).id()).isEqualTo(i + 1);
            assertThat(united.truth().objects(i)).hasSameSizeAs(part.objects(within));
            assertThat(united.truth().objects(i))
                    .allMatch(object -> united.truth().indexOf(object.imageId()) >= 0);
            Sample expected = part.sample(within, config);
            assertThat(united.samples().sample(i).pixels()).isEqualTo(expected.pixels());
        }
        assertThatThrownBy(() -> united.samples().sample(5)).isInstanceOf(IndexOutOfBoundsException.class);
    }

    @Test
    void oneDataSetStaysAsItIs() {
        CocoDataset only = part("only", 0, 2);
        assertThat(UnitedDataset.of(List.of(only), config(only)).truth()).isSameAs(only);
    }

    @Test
    void otherCategoriesAreRefused() throws IOException {
        CocoDataset first = part("one", 0, 1);
        CocoDataset second = part("two", 1, 1);
        Path file = folder.resolve("two/renamed.json");
        String name = second.categories().getFirst().name();
        Files.writeString(
                file,
                Files.readString(SceneWriter.annotations(folder.resolve("two")))
                        .replace("\"" + name + "\"", "\"another\""));
        CocoDataset renamed = CocoDataset.read(file, SceneWriter.images(folder.resolve("two")));
        assertThatThrownBy(() -> UnitedDataset.of(List.of(first, renamed), config(first)))
                .isInstanceOf(InvalidInputException.class)
                .hasMessageContaining("other categories");
    }
}
