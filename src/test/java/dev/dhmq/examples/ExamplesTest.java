package dev.dhmq.examples;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.ObjectMapper;
import dev.dhmq.Progress;
import dev.dhmq.data.SceneWriter;
import dev.dhmq.data.SyntheticScenes;
import dev.dhmq.detect.Detector;
import dev.dhmq.detect.DetectorSettings;
import dev.dhmq.detect.SureDetector;
import dev.dhmq.eval.CocoMetrics;
import dev.dhmq.model.DetectionModel;
import dev.dhmq.model.DetectorCheckpoint;
import dev.dhmq.model.TinyDetector;
import dev.dhmq.model.TorchvisionDetector;
import dev.dhmq.search.QuantizationPlan;
import dev.dhmq.tensor.Backend;
import dev.dhmq.tensor.Backends;
import java.io.IOException;
import java.lang.foreign.ValueLayout;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutionException;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.io.TempDir;

/** The example programs on a tiny detector and a few scenes. */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class ExamplesTest {
    private Path folder = Path.of("");
    private Path model = Path.of("");

    @BeforeAll
    void make(@TempDir Path temporary) {
        folder = temporary;
        model = SureDetector.save("retinanet", folder.resolve("model"));
    }

    @Test
    void tenLinesQuantizeAndJudge() {
        SyntheticScenes scenes = new SyntheticScenes(3, 96, 64);
        SceneWriter.write(folder.resolve("scenes"), scenes.samples(0, 4), Progress.NONE);
        Path own = folder.resolve("own");
        try (TorchvisionDetector detector = TorchvisionDetector.create(
                TinyDetector.config("retinanet", scenes.samples(0, 1).classes()))) {
            detector.initialize(1);
            DetectorCheckpoint.save(own, detector, Map.of());
        }
        CocoMetrics metrics = TenLines.quantize(
                own,
                SceneWriter.images(folder.resolve("scenes")),
                SceneWriter.annotations(folder.resolve("scenes")),
                folder.resolve("out"));
        assertThat(metrics.ap()).isBetween(0.0, 1.0);
        TenLines.detect(
                folder.resolve("out/packed"),
                SceneWriter.images(folder.resolve("scenes")).resolve("scene_00000.png"));
    }

    @Test
    void theFolderServiceAnswersEachPhotographOnce() throws IOException {
        Path watched = folder.resolve("watched");
        SceneWriter.write(watched, new SyntheticScenes(3, 96, 64).samples(0, 2), Progress.NONE);
        Path images = SceneWriter.images(watched);
        Files.writeString(images.resolve("broken.jpg"), "no photograph");
        try (Detector detector = Detector.open(model, DetectorSettings.DEFAULT.withMinimumScore(0.2))) {
            FolderService service = new FolderService(detector, images);
            assertThat(service.run()).isEqualTo(3);
            assertThat(service.run()).isZero();
        }
        assertThat(new ObjectMapper()
                        .readTree(images.resolve("scene_00000.png.json").toFile()))
                .isNotEmpty();
        assertThat(images.resolve("broken.jpg.error")).content().contains("neither a JPEG nor a PNG");
        assertThat(images.resolve("broken.jpg.json")).doesNotExist();
    }

    @Test
    void anEmbeddedSearchTellsOfItsStepsAndEndsInAPlan() throws ExecutionException, InterruptedException {
        List<Double> heard = new CopyOnWriteArrayList<>();
        try (DetectionModel detector = TinyDetector.create(1);
                Backend backend = Backends.select(Backends.Choice.CPU);
                EmbeddedSearch search =
                        new EmbeddedSearch(detector, backend, TinyDetector.samples(2, 1), 5, heard::add)) {
            QuantizationPlan plan = search.plan().get();
            assertThat(plan.compressionRatio()).isGreaterThanOrEqualTo(5);
            assertThat(heard)
                    .isNotEmpty()
                    .isSorted()
                    .allSatisfy(share -> assertThat(share).isBetween(0.0, 1.0));
        }
    }

    @Test
    void aCancelledSearchLeavesTheFloatWeights() throws InterruptedException {
        CountDownLatch begun = new CountDownLatch(1);
        try (DetectionModel detector = TinyDetector.create(1);
                Backend backend = Backends.select(Backends.Choice.CPU)) {
            float[] weights = detector.weights().weights().toArray(ValueLayout.JAVA_FLOAT);
            // Its first step waits here, so that it cannot be at its end before it is cancelled.
            EmbeddedSearch search = new EmbeddedSearch(detector, backend, TinyDetector.samples(2, 1), 12, _ -> {
                begun.countDown();
                waitForInterruption();
            });
            begun.await();
            search.close();
            assertThatThrownBy(() -> search.plan().join())
                    .satisfiesAnyOf(
                            e -> assertThat(e).isInstanceOf(CancellationException.class),
                            e -> assertThat(e).hasCauseInstanceOf(CancellationException.class));
            assertThat(detector.weights().weights().toArray(ValueLayout.JAVA_FLOAT))
                    .isEqualTo(weights);
        }
    }

    private static void waitForInterruption() {
        try {
            new CountDownLatch(1).await();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
