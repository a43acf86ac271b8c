package dev.dhmq.detect;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.dhmq.InvalidInputException;
import dev.dhmq.data.PngFile;
import dev.dhmq.data.RgbImage;
import dev.dhmq.model.DetectorConfig;
import java.awt.image.BufferedImage;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.SplittableRandom;
import java.util.concurrent.CancellationException;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import javax.imageio.ImageIO;
import org.assertj.core.data.Offset;
import org.bytedeco.javacpp.Pointer;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.io.TempDir;

@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class DetectorTest {
    private Path folder = Path.of("");
    private Detector detector = Detector.on(new EmptyEngine(), DetectorSettings.DEFAULT);

    @BeforeAll
    void open(@TempDir Path temporary) {
        folder = temporary;
        detector = Detector.open(saved(DetectorConfig.RETINANET), DetectorSettings.DEFAULT.withThreads(1));
    }

    @AfterAll
    void close() {
        detector.close();
    }

    private Path saved(String kind) {
        return SureDetector.save(kind, folder.resolve(kind));
    }

    private static RgbImage picture(long seed, int width, int height) {
        SplittableRandom random = new SplittableRandom(seed);
        float[] planes = new float[3 * width * height];
        for (int i = 0; i < planes.length; i++) {
            planes[i] = random.nextInt(256) / 255f;
        }
        return new RgbImage(planes, width, height);
    }

    private Path written(RgbImage picture) {
        Path file = folder.resolve("picture-" + picture.width() + ".png");
        PngFile.write(file, picture.planes(), picture.width(), picture.height());
        return file;
    }

    @Test
    void everyWayToHandOverAPictureFindsTheSame() throws IOException {
        RgbImage picture = picture(1, 130, 70);
        Path file = written(picture);
        byte[] bytes = Files.readAllBytes(file);
        List<DetectedObject> found = detector.detect(picture);
        assertThat(found).isNotEmpty();
        assertThat(detector.detect(file)).isEqualTo(found);
        assertThat(detector.detect(bytes)).isEqualTo(found);
        BufferedImage decoded = ImageIO.read(new ByteArrayInputStream(bytes));
        assertThat(detector.detect(decoded)).isEqualTo(found);
        BufferedImage packed = new BufferedImage(130, 70, BufferedImage.TYPE_INT_RGB);
        packed.createGraphics().drawImage(decoded, 0, 0, null);
        assertThat(detector.detect(packed)).isEqualTo(found);
    }

    @Test
    void boxesLieInThePictureAndTheSurestComesFirst() {
        List<DetectedObject> found = detector.detect(picture(2, 200, 50));
        assertThat(found).isNotEmpty().allSatisfy(object -> {
            assertThat(object.x1()).isBetween(0f, object.x2());
            assertThat(object.x2()).isLessThanOrEqualTo(200.01f);
            assertThat(object.y2()).isBetween(object.y1(), 50.01f);
            assertThat(List.of("disc", "square")).contains(object.name());
            assertThat(object.categoryId()).isEqualTo(object.name().equals("disc") ? 1 : 4);
        });
        assertThat(found).isSortedAccordingTo((a, b) -> Float.compare(b.score(), a.score()));
        // One box reaches beyond the network's 96 columns: boxes are in the picture's pixels, not in the network's.
        assertThat(found).anySatisfy(object -> assertThat(object.x2()).isGreaterThan(96));
    }

    @Test
    void theLeastScoreIsKept() {
        List<DetectedObject> all = detector.detect(picture(3, 96, 64));
        float middle = all.get(all.size() / 2).score();
        try (Detector strict = Detector.open(
                saved(DetectorConfig.RETINANET),
                DetectorSettings.DEFAULT.withThreads(1).withMinimumScore(middle))) {
            assertThat(strict.detect(picture(3, 96, 64)))
                    .isEqualTo(all.stream()
                            .filter(object -> object.score() >= middle)
                            .toList());
        }
    }

    @Test
    void concurrentCallsFindWhatSequentialOnesFind() throws ExecutionException, InterruptedException {
        for (String kind : List.of(DetectorConfig.RETINANET, DetectorConfig.FASTER_RCNN)) {
            try (Detector shared = Detector.open(saved(kind), DetectorSettings.DEFAULT.withThreads(2));
                    ExecutorService many = Executors.newVirtualThreadPerTaskExecutor()) {
                List<RgbImage> pictures = new ArrayList<>();
                for (int i = 0; i < 12; i++) {
                    pictures.add(picture(i, 60 + 7 * i, 90 - 5 * i));
                }
                List<List<DetectedObject>> sequential =
                        pictures.stream().map(shared::detect).toList();
                List<Future<List<DetectedObject>>> calls = new ArrayList<>();
                for (int i = 0; i < 48; i++) {
                    RgbImage picture = pictures.get(i % 12);
                    calls.add(many.submit(() -> shared.detect(picture)));
                }
                for (int i = 0; i < calls.size(); i++) {
                    assertThat(calls.get(i).get()).as(kind).isEqualTo(sequential.get(i % 12));
                }
            }
        }
    }

    @Test
    void aBatchFindsWhatSinglePicturesDoInTheirOrder() {
        List<RgbImage> pictures = List.of(
                picture(1, 96, 64), picture(2, 40, 80), picture(3, 300, 30), picture(4, 96, 64), picture(5, 50, 50));
        List<List<DetectedObject>> together = detector.detectAll(pictures);
        assertThat(together).hasSize(5);
        for (int i = 0; i < 5; i++) {
            List<DetectedObject> alone = detector.detect(pictures.get(i));
            assertThat(together.get(i)).hasSameSizeAs(alone);
            for (int k = 0; k < alone.size(); k++) {
                // Sums in another order: some units in the last place of float32.
                assertThat(together.get(i).get(k).score())
                        .isCloseTo(alone.get(k).score(), within(1e-4f));
            }
        }
        assertThat(detector.detectAll(List.of())).isEmpty();
    }

    private static Offset<Float> within(float offset) {
        return Offset.offset(offset);
    }

    @Test
    void picturesThatCannotBeReadAreOneSentenceAndHarmNothing() throws IOException {
        byte[] good = Files.readAllBytes(written(picture(1, 96, 64)));
        assertThatThrownBy(() -> detector.detect(new byte[0]))
                .isInstanceOf(InvalidInputException.class)
                .hasMessageContaining("The picture is empty");
        assertThatThrownBy(() -> detector.detect("rubbish".getBytes(StandardCharsets.UTF_8)))
                .isInstanceOf(InvalidInputException.class)
                .hasMessageContaining("neither a JPEG nor a PNG");
        assertThatThrownBy(() -> detector.detect(Arrays.copyOf(good, 200)))
                .isInstanceOf(InvalidInputException.class)
                .hasMessageContaining("cannot be decoded");
        assertThatThrownBy(() -> detector.detect(folder.resolve("none.png")))
                .isInstanceOf(InvalidInputException.class)
                .hasMessageContaining("none.png does not exist");
        assertThat(detector.detect(good)).isNotEmpty();
        try (Detector small = Detector.on(new EmptyEngine(), DetectorSettings.DEFAULT.withMaximumPixels(96 * 64 - 1))) {
            assertThatThrownBy(() -> small.detect(good))
                    .isInstanceOf(InvalidInputException.class)
                    .hasMessageContaining("96x64 pixels, more than the 6143");
        }
    }

    @Test
    void foldersAndPlansThatCannotBeUsedAreRefused() {
        assertThatThrownBy(() -> Detector.open(folder.resolve("nowhere")))
                .isInstanceOf(InvalidInputException.class)
                .hasMessageContaining("nowhere does not exist");
        assertThatThrownBy(() -> Detector.open(
                        saved(DetectorConfig.RETINANET),
                        DetectorSettings.DEFAULT.withPlan(folder.resolve("none.json"))))
                .isInstanceOf(InvalidInputException.class)
                .hasMessageContaining("none.json does not exist");
    }

    @Test
    void closedItSaysSoAndClosesTwice() {
        Detector closing = Detector.open(saved(DetectorConfig.RETINANET));
        closing.warmUp();
        closing.close();
        closing.close();
        assertThatThrownBy(() -> closing.detect(picture(1, 10, 10)))
                .isInstanceOf(IllegalStateException.class)
                .hasMessage("The detector is closed; open another one.");
        assertThatThrownBy(closing::warmUp).isInstanceOf(IllegalStateException.class);
        assertThatThrownBy(() -> closing.detectAll(List.of())).isInstanceOf(IllegalStateException.class);
    }

    @Test
    void closingWaitsForCallsThatHaveBegun() throws InterruptedException {
        Detector closing = Detector.open(saved(DetectorConfig.RETINANET), DetectorSettings.DEFAULT.withThreads(1));
        List<DetectedObject> expected = closing.detect(picture(5, 96, 64));
        List<Future<List<DetectedObject>>> calls = new ArrayList<>();
        try (ExecutorService many = Executors.newVirtualThreadPerTaskExecutor()) {
            for (int i = 0; i < 30; i++) {
                calls.add(many.submit(() -> closing.detect(picture(5, 96, 64))));
            }
            closing.close();
        }
        for (Future<List<DetectedObject>> call : calls) {
            if (call.state() == Future.State.SUCCESS) {
                assertThat(call.resultNow()).isEqualTo(expected);
            } else {
                assertThat(call.exceptionNow()).hasMessage("The detector is closed; open another one.");
            }
        }
    }

    @Test
    void anInterruptedThreadIsSentAwayAndOthersAreServed() {
        Thread.currentThread().interrupt();
        assertThatThrownBy(() -> detector.detect(picture(1, 96, 64))).isInstanceOf(CancellationException.class);
        assertThat(Thread.interrupted()).isTrue();
        assertThat(detector.detect(picture(1, 96, 64))).isNotEmpty();
    }

    /**
     * A call that kept the tensors of one picture would grow by a megabyte. The long run is {@code benchmarks/leak.sh}.
     */
    @Test
    void manyCallsLeaveNothingBehind() throws InterruptedException {
        int calls = 300;
        RgbImage picture = picture(1, 96, 64);
        for (int i = 0; i < 50; i++) {
            detector.detect(picture);
        }
        long tensors = handles();
        long bytes = Pointer.physicalBytes();
        for (int i = 0; i < calls; i++) {
            detector.detect(picture);
        }
        assertThat(handles()).isLessThanOrEqualTo(tensors);
        // Room for the heap, and a third of what 300 calls would leave behind.
        long grown = Pointer.physicalBytes() - bytes;
        assertThat(grown).as("growth over " + calls + " calls").isLessThan(100L << 20);
    }

    @Test
    void openingAndClosingLeavesNothingBehind() throws InterruptedException {
        Path model = saved(DetectorConfig.RETINANET);
        Detector.open(model).close();
        long tensors = handles();
        for (int i = 0; i < 5; i++) {
            try (Detector again = Detector.open(model)) {
                again.warmUp();
            }
        }
        assertThat(handles()).isLessThanOrEqualTo(tensors);
    }

    /** LibTorch's objects that Java still holds, once those that wait for the garbage collector are gone. */
    private static long handles() throws InterruptedException {
        long count = Pointer.totalCount();
        for (int same = 0; same < 5; same++) {
            System.gc();
            Thread.sleep(20);
            if (Pointer.totalCount() < count) {
                same = 0;
            }
            count = Pointer.totalCount();
        }
        return count;
    }

    @Test
    void settingsThatCannotBeAreRefused() {
        assertThatThrownBy(() -> DetectorSettings.DEFAULT.withThreads(0)).hasMessageContaining("1 to 1024");
        assertThatThrownBy(() -> DetectorSettings.DEFAULT.withMinimumScore(Double.NaN))
                .hasMessageContaining("NaN");
        assertThatThrownBy(() -> DetectorSettings.DEFAULT.withMaximumPixels(0)).hasMessageContaining("no limit");
    }
}
