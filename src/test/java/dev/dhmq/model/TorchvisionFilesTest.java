package dev.dhmq.model;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.dhmq.model.checkpoint.ModelDirectory;
import dev.dhmq.model.network.LossTensors;
import dev.dhmq.model.script.ScriptedDetector;
import dev.dhmq.search.TaskWeights;
import dev.dhmq.tensor.Backend;
import dev.dhmq.tensor.DeviceVector;
import dev.dhmq.tensor.ReferenceBackend;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.IntStream;
import org.bytedeco.javacpp.PointerScope;
import org.bytedeco.pytorch.Tensor;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Files as torchvision saves them, a scripted program and a state dict, against what torchvision makes of them. {@code
 * benchmarks/torchvision_files.py} makes both; without them the tests are skipped.
 */
class TorchvisionFilesTest {
    private static final Path FILES = Path.of(System.getProperty("dhmq.references", "../shared/reference"))
            .resolve("files");

    /** Two float32 libraries of different versions: sums in another order. */
    private static final double TOLERANCE = 1e-5;

    @TempDir
    Path folder;

    @ParameterizedTest
    @ValueSource(strings = {DetectorConfig.RETINANET, DetectorConfig.FASTER_RCNN})
    void aScriptedDetectorGivesTorchvisionsNumbers(String kind) throws IOException {
        JsonNode expected = expected(kind);
        DetectorConfig config = DetectorConfig.scripted(classes(0), 0, 0, Resize.NONE);
        try (ScriptedDetector detector =
                new ScriptedDetector(FILES.resolve(kind).resolve("model.pt"), config)) {
            assertThat(detector.weights().layout().layers())
                    .extracting(layer -> layer.name())
                    .containsExactlyInAnyOrderElementsOf(texts(expected.get("layers")));
            double worst = compare(detector, sample(0), expected);
            requireSecondDerivative(detector, sample(0));
            System.out.printf("| torchvision's %s, scripted | float32 | %.1e | | | 100 %% |%n", kind, worst);
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {DetectorConfig.RETINANET, DetectorConfig.FASTER_RCNN})
    void aStateDictGivesTorchvisionsNumbers(String kind) throws IOException {
        JsonNode expected = expected(kind);
        // RetinaNet's labels count background, Faster R-CNN's do not.
        int first = kind.equals(DetectorConfig.RETINANET) ? 0 : 1;
        ModelDirectory directory = new ModelDirectory(folder);
        directory.writeConfig(config(kind, first));
        Files.copy(FILES.resolve(kind).resolve("model.pth"), folder.resolve("model.pth"));
        try (DetectionModel detector = DetectorCheckpoint.load(folder)) {
            double worst = compare(detector, sample(first), expected);
            System.out.printf("| torchvision's %s, .pth | float32 | %.1e | | | 100 %% |%n", kind, worst);
        }
    }

    private static JsonNode expected(String kind) throws IOException {
        Path file = FILES.resolve(kind).resolve("expected.json");
        assumeTrue(Files.exists(file), "torchvision's files are not at " + file);
        return new ObjectMapper().readTree(file.toFile());
    }

    private static DetectorConfig config(String kind, int firstLabel) {
        return new DetectorConfig(
                kind,
                "resnet18",
                64,
                256,
                classes(firstLabel),
                320,
                160,
                Resize.SHORTER_SIDE,
                List.of(32, 64, 128, 256, 512),
                List.of(0.5, 1.0, 2.0),
                DetectorConfig.IMAGENET_MEAN,
                DetectorConfig.IMAGENET_STD,
                DetectorConfig.BatchNorms.TRAINED,
                new RegionSettings(400, 200, 400, 200, 1 << 20, 0.5, 1 << 20, 0.5, 1024));
    }

    private static List<DetectorConfig.Category> classes(int first) {
        return IntStream.range(first, 4)
                .mapToObj(id -> new DetectorConfig.Category(id, "label" + id))
                .toList();
    }

    private static Sample sample(int firstLabel) {
        float[] pixels = new float[3 * 160 * 200];
        for (int i = 0; i < pixels.length; i++) {
            pixels[i] = (float) (i / (pixels.length - 1.0));
        }
        float[] boxes = {10, 20, 80, 90, 50, 60, 120, 150};
        return new Sample("ramp", pixels, 160, 200, new GroundTruth(boxes, new int[] {1 - firstLabel, 2 - firstLabel}));
    }

    /** The worst relative error of a loss. */
    private static double compare(DetectionModel detector, Sample sample, JsonNode expected) {
        List<Detection> found = detector.detect(List.of(sample)).getFirst();
        double scores = 0;
        double boxes = 0;
        for (Detection box : found) {
            scores += box.score();
            boxes += (double) box.x1() + box.y1() + box.x2() + box.y2();
        }
        assertThat(found).hasSize(expected.get("detections").asInt());
        double expectedScores = expected.get("scores").asDouble();
        double expectedBoxes = expected.get("boxes").asDouble();
        assertThat(scores).isCloseTo(expectedScores, within(TOLERANCE * expectedScores));
        assertThat(boxes).isCloseTo(expectedBoxes, within(TOLERANCE * expectedBoxes));
        try (PointerScope _ = new PointerScope()) {
            double worst = 0;
            List<Double> losses = losses(detector.losses(List.of(sample)));
            List<String> names = expected.get("losses").has("classification")
                    ? List.of("classification", "bbox_regression")
                    : List.of("loss_objectness", "loss_rpn_box_reg", "loss_classifier", "loss_box_reg");
            for (int i = 0; i < names.size(); i++) {
                double loss = expected.get("losses").get(names.get(i)).asDouble();
                assertThat(losses.get(i)).as(names.get(i)).isCloseTo(loss, within(TOLERANCE * loss));
                worst = Math.max(worst, Math.abs(losses.get(i) - loss) / loss);
            }
            return worst;
        }
    }

    private static List<Double> losses(LossTensors losses) {
        List<Double> values = new ArrayList<>();
        for (LossTensors.StageLoss stage : losses.stages()) {
            for (Tensor loss : List.of(stage.classification(), stage.regression())) {
                values.add(loss.item_double());
            }
        }
        return values;
    }

    private static void requireSecondDerivative(DetectionModel detector, Sample sample) {
        try (Backend backend = new ReferenceBackend();
                TaskObjective task = new TaskObjective(detector, backend, List.of(sample), 1);
                DeviceVector probe = backend.allocate(task.layout().size());
                DeviceVector product = backend.allocate(task.layout().size())) {
            backend.fillRademacher(1, 0, probe);
            task.hessianVectorProduct(TaskWeights.EQUAL, probe, product);
            double[] squares = new double[task.layout().layers().size()];
            backend.segmentedDot(task.layout(), product, product, squares);
            assertThat(Arrays.stream(squares).min().orElseThrow()).isPositive();
        }
    }

    private static List<String> texts(JsonNode array) {
        List<String> texts = new ArrayList<>();
        array.forEach(node -> texts.add(node.asText()));
        return texts;
    }
}
