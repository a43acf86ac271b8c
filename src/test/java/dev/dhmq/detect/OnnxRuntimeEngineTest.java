package dev.dhmq.detect;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.dhmq.InvalidInputException;
import dev.dhmq.data.RgbImage;
import dev.dhmq.export.onnx.Agreement;
import dev.dhmq.model.Detection;
import dev.dhmq.model.DetectorConfig;
import dev.dhmq.model.Resize;
import dev.dhmq.model.Sample;
import dev.dhmq.model.TinyDetector;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.SplittableRandom;
import java.util.concurrent.CancellationException;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Exported detectors opened as files, against the same detectors opened as folders. */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class OnnxRuntimeEngineTest {
    /** Sums of float32 in another order, through some twenty layers; logits here are 30 times a fresh detector's. */
    private static final double PIXELS = 5e-3;

    private static final double SCORE = 1e-3;

    /** A detector of this kind answers its 300 surest objects: of the last ones, each program may leave out another. */
    private static final double SHARE = 0.98;

    private static final DetectorSettings ONE_THREAD = DetectorSettings.DEFAULT.withThreads(1);

    private Path folder = Path.of("");
    private Path model = Path.of("");
    private Path file = Path.of("");

    @BeforeAll
    void export(@TempDir Path temporary) {
        folder = temporary;
        model = SureDetector.save(DetectorConfig.RETINANET, folder.resolve("model"));
        file = OnnxFiles.export(model, folder.resolve("model.onnx"));
    }

    private static RgbImage picture(long seed, int width, int height) {
        SplittableRandom random = new SplittableRandom(seed);
        float[] planes = new float[3 * width * height];
        for (int i = 0; i < planes.length; i++) {
            planes[i] = random.nextInt(256) / 255f;
        }
        return new RgbImage(planes, width, height);
    }

    @ParameterizedTest
    @ValueSource(strings = {DetectorConfig.RETINANET, DetectorConfig.FASTER_RCNN})
    void itFindsWhatLibTorchFinds(String kind) {
        Path detector = SureDetector.save(kind, folder.resolve("same-" + kind));
        Path exported = OnnxFiles.export(detector, folder.resolve("same-" + kind + ".onnx"));
        List<Sample> batch = TinyDetector.samples(5, 3);
        try (DetectionEngine libTorch = LibTorchEngine.open(detector, Optional.empty(), 1);
                DetectionEngine engine = OnnxRuntimeEngine.open(exported, 1)) {
            assertThat(engine.config()).isEqualTo(libTorch.config());
            assertThat(engine.description()).contains(kind + " of " + exported + ", ONNX Runtime ", "with 1 thread");
            List<List<Detection>> found = engine.detect(batch);
            assertThat(found).hasSize(batch.size());
            for (int i = 0; i < batch.size(); i++) {
                List<Detection> expected =
                        libTorch.detect(batch.subList(i, i + 1)).getFirst();
                requireSame(Agreement.of(expected, found.get(i), PIXELS, SCORE));
            }
        }
    }

    @Test
    void aDetectorNamesTheObjectsOfAPictureInItsPixels() {
        RgbImage picture = picture(2, 200, 50);
        try (Detector whole = Detector.open(model, ONE_THREAD);
                Detector exported = Detector.open(file, ONE_THREAD)) {
            assertThat(exported.classes()).isEqualTo(whole.classes());
            requireSame(whole.detect(picture), exported.detect(picture), 200 / 96.0);
            assertThat(exported.detect(picture))
                    .anySatisfy(object -> assertThat(object.x2()).isGreaterThan(96));
        }
    }

    /** By what objects are called. */
    private static void requireSame(List<DetectedObject> expected, List<DetectedObject> found, double growth) {
        requireSame(Agreement.of(detections(expected), detections(found), growth * PIXELS, SCORE));
    }

    private static void requireSame(Agreement agreement) {
        assertThat(agreement.expected()).isPositive();
        assertThat(agreement.found()).isEqualTo(agreement.expected());
        assertThat(agreement.share()).isGreaterThanOrEqualTo(SHARE);
    }

    private static List<Detection> detections(List<DetectedObject> objects) {
        return objects.stream()
                .map(each -> {
                    assertThat(each.name()).isEqualTo(each.categoryId() == 1 ? "disc" : "square");
                    return new Detection(each.x1(), each.y1(), each.x2(), each.y2(), each.score(), each.categoryId());
                })
                .toList();
    }

    @ParameterizedTest
    @EnumSource(
            value = Resize.class,
            names = {"STRETCH", "LETTERBOX", "SHORTER_SIDE"})
    void aFileForAnySizeFindsWhatTheFolderFinds(Resize resize) throws IOException {
        Path detector = resized(resize);
        Path any = OnnxFiles.exportForAnySize(detector, folder.resolve(resize + "-any.onnx"));
        try (Detector whole = Detector.open(detector, ONE_THREAD);
                Detector exported = Detector.open(any, ONE_THREAD)) {
            exported.warmUp();
            for (int[] side : new int[][] {{130, 70}, {60, 90}}) {
                RgbImage picture = picture(7, side[0], side[1]);
                // Interpolated pixels differ in their last bits too.
                requireSame(whole.detect(picture), exported.detect(picture), 10);
            }
        }
    }

    private Path resized(Resize resize) throws IOException {
        Path detector = SureDetector.save(DetectorConfig.RETINANET, folder.resolve("resized-" + resize));
        Path configuration = detector.resolve("model.json");
        String json = Files.readString(configuration);
        Files.writeString(configuration, json.replace("\"stretch\"", "\"" + resize.label() + "\""));
        return detector;
    }

    @Test
    void aPictureThatDoesNotComeToTheFilesSizeIsRefusedAndOthersAreServed() throws IOException {
        Path boxed = OnnxFiles.export(resized(Resize.LETTERBOX), folder.resolve("boxed.onnx"));
        try (Detector detector = Detector.open(boxed, ONE_THREAD)) {
            assertThatThrownBy(() -> detector.detect(picture(1, 96, 32)))
                    .isInstanceOf(InvalidInputException.class)
                    .hasMessageContaining("boxed.onnx takes only pictures that come to 96x64")
                    .hasMessageContaining(
                            "(letterbox), and this one comes to 96x32; export the detector with --any-size.");
            assertThat(detector.detect(picture(1, 192, 128))).isNotEmpty();
        }
    }

    @Test
    void concurrentCallsFindWhatSequentialOnesFind() throws ExecutionException, InterruptedException {
        try (Detector shared = Detector.open(file, DetectorSettings.DEFAULT.withThreads(2));
                ExecutorService many = Executors.newVirtualThreadPerTaskExecutor()) {
            List<RgbImage> pictures = new ArrayList<>();
            for (int i = 0; i < 12; i++) {
                pictures.add(picture(i, 60 + 7 * i, 90 - 5 * i));
            }
            List<List<DetectedObject>> sequential =
                    pictures.stream().map(shared::detect).toList();
            assertThat(shared.detectAll(pictures)).isEqualTo(sequential);
            List<Future<List<DetectedObject>>> calls = new ArrayList<>();
            for (int i = 0; i < 48; i++) {
                RgbImage picture = pictures.get(i % 12);
                calls.add(many.submit(() -> shared.detect(picture)));
            }
            for (int i = 0; i < calls.size(); i++) {
                assertThat(calls.get(i).get()).isEqualTo(sequential.get(i % 12));
            }
        }
    }

    @Test
    void closingWaitsForCallsThatHaveBegunAndClosesTwice() throws InterruptedException {
        Detector closing = Detector.open(file, ONE_THREAD);
        closing.warmUp();
        List<DetectedObject> expected = closing.detect(picture(5, 96, 64));
        List<Future<List<DetectedObject>>> calls = new ArrayList<>();
        try (ExecutorService many = Executors.newVirtualThreadPerTaskExecutor()) {
            for (int i = 0; i < 30; i++) {
                calls.add(many.submit(() -> closing.detect(picture(5, 96, 64))));
            }
            closing.close();
        }
        closing.close();
        for (Future<List<DetectedObject>> call : calls) {
            if (call.state() == Future.State.SUCCESS) {
                assertThat(call.resultNow()).isEqualTo(expected);
            } else {
                assertThat(call.exceptionNow()).hasMessage("The detector is closed; open another one.");
            }
        }
        assertThatThrownBy(() -> closing.detect(picture(5, 96, 64)))
                .isInstanceOf(IllegalStateException.class)
                .hasMessage("The detector is closed; open another one.");
    }

    @Test
    void anInterruptedThreadIsSentAwayAndOthersAreServed() {
        try (Detector detector = Detector.open(file, ONE_THREAD)) {
            Thread.currentThread().interrupt();
            assertThatThrownBy(() -> detector.detect(picture(1, 96, 64))).isInstanceOf(CancellationException.class);
            assertThat(Thread.interrupted()).isTrue();
            assertThat(detector.detect(picture(1, 96, 64))).isNotEmpty();
        }
    }

    @Test
    void aPlanGoesWithAFolder() {
        assertThatThrownBy(() -> Detector.open(file, ONE_THREAD.withPlan(folder.resolve("plan.json"))))
                .isInstanceOf(InvalidInputException.class)
                .hasMessageContaining("model.onnx was quantized, or not, when it was exported, and takes no plan");
    }

    /** The metadata is whole and the runtime refuses the rest; what is wrong before that, OnnxMetadataTest has. */
    @Test
    void aGraphThatTheRuntimeDoesNotKnowIsOneSentence() throws IOException {
        String bytes = Files.readString(file, StandardCharsets.ISO_8859_1);
        Path unknown = folder.resolve("unknown.onnx");
        Files.writeString(unknown, bytes.replace("Conv", "Cunv"), StandardCharsets.ISO_8859_1);
        assertThatThrownBy(() -> Detector.open(unknown, ONE_THREAD))
                .isInstanceOf(InvalidInputException.class)
                .hasMessageStartingWith("ONNX Runtime ")
                .hasMessageContaining(" cannot load " + unknown + " (")
                .hasMessageEndingWith("; export the detector again with dhmq export.")
                .hasMessageNotContaining("\n");
    }

    @Test
    void aMissingFileIsNoFolder() {
        assertThatThrownBy(() -> Detector.open(folder.resolve("none.onnx")))
                .isInstanceOf(InvalidInputException.class)
                .hasMessageEndingWith("none.onnx does not exist; name a file that dhmq export has written.");
    }

    @Test
    void onlyFilesAreTakenForExports() throws IOException {
        assertThat(OnnxRuntimeEngine.takes(file)).isTrue();
        assertThat(OnnxRuntimeEngine.takes(folder.resolve("none.ONNX"))).isTrue();
        assertThat(OnnxRuntimeEngine.takes(model)).isFalse();
        assertThat(OnnxRuntimeEngine.takes(Files.createDirectories(folder.resolve("folder.onnx"))))
                .isFalse();
    }
}
