package dev.dhmq.data;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.dhmq.Progress;
import dev.dhmq.model.GroundTruth;
import dev.dhmq.model.Resize;
import dev.dhmq.model.Sample;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.zip.CRC32;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class SyntheticScenesTest {
    private static final int WIDTH = 160;
    private static final int HEIGHT = 128;

    @TempDir
    Path folder;

    /** The committed demo detector was trained on these very pixels: if they change, it must be trained anew. */
    @ParameterizedTest
    @CsvSource({"1, 0, 2834284307", "1, 7, 3398422803", "2, 7, 4108717322"})
    void scenesAreTheSameOnEveryMachine(long seed, int index, long checksum) {
        assertThat(checksum(new SyntheticScenes(seed, WIDTH, HEIGHT).sample(index)))
                .isEqualTo(checksum);
    }

    @Test
    void boxesAreInsideThePictureAndOfUsefulSize() {
        SyntheticScenes scenes = new SyntheticScenes(3, WIDTH, HEIGHT);
        int[] perClass = new int[scenes.classes().size()];
        int objects = 0;
        for (int i = 0; i < 100; i++) {
            Sample sample = scenes.sample(i);
            GroundTruth truth = sample.truth();
            for (int k = 0; k < truth.size(); k++) {
                float[] box = Arrays.copyOfRange(truth.boxes(), 4 * k, 4 * k + 4);
                assertThat(box[0]).as("scene %d object %d", i, k).isBetween(0f, box[2] - 5);
                assertThat(box[1]).as("scene %d object %d", i, k).isBetween(0f, box[3] - 5);
                assertThat(box[2]).isLessThanOrEqualTo(WIDTH);
                assertThat(box[3]).isLessThanOrEqualTo(HEIGHT);
                perClass[truth.labels()[k]]++;
                objects++;
            }
            for (float value : sample.pixels()) {
                assertThat(value >= 0 && value <= 1).as("scene %d", i).isTrue();
            }
        }
        // 2 to 8 objects are painted, some of which are hidden; five classes are equally likely.
        assertThat(objects).isBetween(300, 600);
        for (int count : perClass) {
            assertThat(count).as(Arrays.toString(perClass)).isGreaterThan(objects / 10);
        }
    }

    @Test
    void whatIsMostlyHiddenIsNotAnnotated() {
        SceneTexture paint =
                new SceneTexture(new SceneRandom(5), new SceneColour(1, 0, 0), new SceneColour(1, 0, 0), 8);
        SceneCanvas canvas = new SceneCanvas(64, 64);
        int filled = canvas.paint(square(32, 32, 10, paint), 0);
        assertThat(filled).isEqualTo(400);
        assertThat(canvas.visible(0)).isEqualTo(new SceneCanvas.Visible(400, 22, 22, 42, 42));
        canvas.paint(square(38, 32, 10, paint), 1);
        assertThat(canvas.visible(0)).isEqualTo(new SceneCanvas.Visible(120, 22, 22, 28, 42));
        // Cut by the edge: the pixels it would fill are counted outside too.
        assertThat(canvas.paint(square(0, 0, 10, paint), 2)).isEqualTo(400);
        assertThat(canvas.visible(2)).isEqualTo(new SceneCanvas.Visible(100, 0, 0, 10, 10));
    }

    /** An upright square of this half side. */
    private static SceneObject square(double x, double y, double half, SceneTexture paint) {
        return new SceneObject(SceneShape.SQUARE, x, y, half * Math.sqrt(2), 1, 0, 1, paint);
    }

    @Test
    void writtenScenesAreReadBackAsTheyWere() {
        SampleSource samples = new SyntheticScenes(9, 96, 64).samples(40, 4);
        SceneWriter.write(folder, samples, Progress.NONE);
        CocoDataset dataset = CocoDataset.read(SceneWriter.annotations(folder), SceneWriter.images(folder));

        assertThat(dataset.size()).isEqualTo(4);
        assertThat(dataset.categories()).isEqualTo(samples.classes());
        SampleSource read = dataset.samples(InputConfig.of(Resize.STRETCH, 96, 64, samples.classes()));
        for (int i = 0; i < 4; i++) {
            assertThat(read.sample(i).name()).isEqualTo("scene_%05d.png".formatted(40 + i));
            assertThat(read.sample(i).pixels()).isEqualTo(samples.sample(i).pixels());
            assertThat(read.sample(i).truth().boxes())
                    .isEqualTo(samples.sample(i).truth().boxes());
            assertThat(read.sample(i).truth().labels())
                    .isEqualTo(samples.sample(i).truth().labels());
        }
    }

    @Test
    void samplesBecomeGroundTruth() {
        SampleSource samples = new SyntheticScenes(9, 96, 64).samples(0, 3);
        CocoDataset truth = CocoDataset.of("scenes", samples);
        assertThat(truth.size()).isEqualTo(3);
        assertThat(truth.image(2).id()).isEqualTo(3);
        GroundTruth last = samples.sample(2).truth();
        assertThat(truth.objects(2)).hasSize(last.size());
        assertThat(truth.objects(2).getFirst().width()).isEqualTo(last.boxes()[2] - last.boxes()[0]);
        assertThat(truth.objects(2).getFirst().categoryId()).isEqualTo(last.labels()[0] + 1);
    }

    @Test
    void thereAreNoScenesOutsideTheRange() {
        SampleSource samples = new SyntheticScenes(9, 96, 64).samples(5, 3);
        assertThatThrownBy(() -> samples.sample(3)).isInstanceOf(IndexOutOfBoundsException.class);
        assertThatThrownBy(() -> samples.sample(-1)).isInstanceOf(IndexOutOfBoundsException.class);
        assertThatThrownBy(() -> new SyntheticScenes(1, 16, 64)).isInstanceOf(IllegalArgumentException.class);
    }

    private static long checksum(Sample sample) {
        CRC32 crc = new CRC32();
        ByteBuffer buffer = ByteBuffer.allocate(4 * sample.pixels().length);
        buffer.asFloatBuffer().put(sample.pixels());
        crc.update(buffer);
        for (float coordinate : sample.truth().boxes()) {
            crc.update((int) coordinate);
        }
        for (int label : sample.truth().labels()) {
            crc.update(label);
        }
        return crc.getValue();
    }
}
