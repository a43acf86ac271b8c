package dev.dhmq.model.script;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import dev.dhmq.InvalidInputException;
import dev.dhmq.model.Detection;
import dev.dhmq.model.EffectObjective;
import dev.dhmq.model.GroundTruth;
import dev.dhmq.model.Sample;
import dev.dhmq.model.TaskObjective;
import dev.dhmq.model.TinyDetector;
import dev.dhmq.model.network.LossTensors;
import dev.dhmq.model.network.Tensors;
import dev.dhmq.search.TaskLosses;
import dev.dhmq.search.TaskWeights;
import dev.dhmq.tensor.Backend;
import dev.dhmq.tensor.DeviceVector;
import dev.dhmq.tensor.Layer;
import dev.dhmq.tensor.ReferenceBackend;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import org.bytedeco.javacpp.PointerScope;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class ScriptedDetectorTest {
    @TempDir
    Path folder;

    private final List<Sample> samples = TinyDetector.samples(3, 1).stream()
            .map(ScriptedDetectorTest::withBackground)
            .toList();
    private Path file;

    @BeforeEach
    void write() {
        file = folder.resolve("model.pt");
        ScriptedTiny.write(file, true);
    }

    /** Labels that leave 0 to background. */
    private static Sample withBackground(Sample sample) {
        int[] labels =
                Arrays.stream(sample.truth().labels()).map(label -> label + 1).toArray();
        GroundTruth truth = new GroundTruth(sample.truth().boxes(), labels);
        return new Sample(sample.name(), sample.pixels(), sample.height(), sample.width(), truth);
    }

    private ScriptedDetector load() {
        return new ScriptedDetector(file, ScriptedTiny.config());
    }

    private static float[] statistics(ScriptedDetector detector) {
        return Tensors.floats(
                Objects.requireNonNull(detector.parameters().state().get("norm.running_mean")));
    }

    @Test
    void itsMatricesAndKernelsAreTheLayersByName() {
        try (ScriptedDetector detector = load()) {
            assertThat(detector.weights().layout().layers())
                    .extracting(layer -> layer.name())
                    .containsExactlyInAnyOrder(
                            "stem_weight", "body_weight", "class_weight", "box_weight", "region_weight");
        }
    }

    @Test
    void lossesAreSortedByTaskAndStageAndMeasuringThemChangesNothing() {
        try (ScriptedDetector detector = load();
                PointerScope _ = new PointerScope()) {
            float[] statistics = statistics(detector);
            LossTensors losses = detector.losses(samples);
            TaskLosses again = detector.losses(samples).values();

            assertThat(losses.stages())
                    .extracting(LossTensors.StageLoss::stage)
                    .containsExactly(LossTensors.Stage.PROPOSALS, LossTensors.Stage.DETECTIONS);
            assertThat(losses.values().classification()).isPositive();
            assertThat(losses.values().regression()).isPositive();
            // The program draws its background regions at random; measured losses draw the same ones.
            assertThat(again).isEqualTo(losses.values());
            assertThat(statistics(detector)).isEqualTo(statistics);
            detector.trainingLosses(samples, 3);
            assertThat(statistics(detector)).isNotEqualTo(statistics);
        }
    }

    @Test
    void detectionsComeMostConfidentFirstWithTheirLabels() {
        try (ScriptedDetector detector = load()) {
            List<List<Detection>> found = detector.detect(samples);

            assertThat(found).hasSize(3);
            for (List<Detection> image : found) {
                assertThat(image).isNotEmpty().hasSizeLessThanOrEqualTo(10);
                assertThat(image).isSortedAccordingTo((a, b) -> Float.compare(b.score(), a.score()));
                assertThat(image).allMatch(detection -> detection.label() >= 1 && detection.label() <= 6);
            }
        }
    }

    /** torchvision's roi_align has no second derivative; ours in its place has. */
    @Test
    void theHessianVectorProductIsTheDerivativeOfTheGradient() {
        try (ScriptedDetector detector = load();
                Backend backend = new ReferenceBackend();
                TaskObjective task = new TaskObjective(detector, backend, samples, 3);
                DeviceVector direction = backend.allocate(task.layout().size());
                DeviceVector product = backend.allocate(task.layout().size());
                DeviceVector ahead = backend.allocate(task.layout().size());
                DeviceVector behind = backend.allocate(task.layout().size())) {
            backend.fillRademacher(1, 0, direction);
            keepOnly("region_weight", backend, task, direction);
            task.hessianVectorProduct(TaskWeights.EQUAL, direction, product);
            float step = 1e-2f;
            backend.axpy(step, direction, task.weights());
            task.lossAndGradient(TaskWeights.EQUAL, ahead);
            backend.axpy(-2 * step, direction, task.weights());
            task.lossAndGradient(TaskWeights.EQUAL, behind);

            float[] hv = backend.read(product);
            float[] up = backend.read(ahead);
            float[] down = backend.read(behind);
            double error = 0;
            double norm = 0;
            for (int i = 0; i < hv.length; i++) {
                double difference = (up[i] - down[i]) / (2.0 * step);
                error += (difference - hv[i]) * (difference - hv[i]);
                norm += (double) hv[i] * hv[i];
            }
            // Float32 gradients over the step.
            assertThat(Math.sqrt(error)).isLessThan(0.01 * Math.sqrt(norm));
            assertThat(norm).isPositive();
        }
    }

    /**
     * The last layer's direction: no ReLU follows it, whose turning a difference sees and a derivative does not. Its product
     * still goes back through roi_align to all other layers.
     */
    private static void keepOnly(String layer, Backend backend, TaskObjective task, DeviceVector direction) {
        float[] values = backend.read(direction);
        for (Layer other : task.layout().layers()) {
            if (!other.name().equals(layer)) {
                Arrays.fill(values, Math.toIntExact(other.offset()), Math.toIntExact(other.offset() + other.size()), 0);
            }
        }
        backend.write(values, direction);
    }

    @Test
    void rawOutputsServeTheEffectObjective() {
        try (ScriptedDetector detector = load();
                Backend backend = new ReferenceBackend();
                EffectObjective effect = new EffectObjective(detector, backend, samples, 2)) {
            assertThat(effect.loss()).isEqualTo(new TaskLosses(0, 0));
            float[] weights = backend.read(effect.weights());
            for (int i = 0; i < weights.length; i++) {
                weights[i] *= 1.5f;
            }
            backend.write(weights, effect.weights());
            assertThat(effect.loss().classification()).isPositive();
        }
    }

    @Test
    void anOperationWithoutASecondDerivativeIsNamed() {
        String once = ScriptedTiny.program(true)
                .replace(
                        "torch.add(features, rois, alpha=1001)",
                        "torch.grid_sampler(features.expand([boxes.size(0), -1, -1, -1]), "
                                + "torch.zeros([boxes.size(0), 2, 2, 2]), 0, 0, False)");
        ScriptedTiny.write(file, once);
        try (ScriptedDetector detector = load();
                Backend backend = new ReferenceBackend();
                TaskObjective task = new TaskObjective(detector, backend, samples, 3);
                DeviceVector vector = backend.allocate(task.layout().size())) {
            task.lossAndGradient(TaskWeights.EQUAL, vector);
            assertThatThrownBy(() -> task.hessianVectorProduct(TaskWeights.EQUAL, vector, vector))
                    .isInstanceOf(InvalidInputException.class)
                    .hasMessageContaining("no second derivative")
                    .hasMessageContaining("joint-secant");
        }
    }

    @Test
    void withoutRawOutputsTheDetectorSaysSo() {
        ScriptedTiny.write(file, false);
        try (ScriptedDetector detector = load()) {
            assertThat(detector.hasRawOutputs()).isFalse();
        }
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
                    def forward(self, images: List[Tensor], targets: Optional[List[Dict[str, Tensor]]]):\\n    return images[0] | returned no losses
                    def forward(self, images: List[Tensor]):\\n    return images[0] | forward failed
                    def forward(self, images: List[Tensor], targets: Optional[List[Dict[str, Tensor]]]):\\n    features = images[0]\\n    rois = images[1]\\n    return torch.add(features, rois, alpha=1001) | forward failed
                    """)
    void aProgramOfAnotherKindIsRefusedInASentence(String program, String message) {
        ScriptedTiny.write(file, program.replace("\\n", "\n") + "\n");
        try (ScriptedDetector detector = load();
                PointerScope _ = new PointerScope()) {
            assertThatThrownBy(() -> detector.losses(samples))
                    .isInstanceOf(InvalidInputException.class)
                    .hasMessageContaining(message)
                    .hasMessageNotContaining("\n");
        }
    }

    @Test
    void damagedAndMissingFilesAreRefusedInASentence() throws IOException {
        byte[] whole = Files.readAllBytes(file);
        for (byte[] bytes : List.of(
                new byte[0], new byte[] {1, 2, 3}, Arrays.copyOf(whole, whole.length / 2), Arrays.copyOf(whole, 100))) {
            Files.write(file, bytes);
            assertThatThrownBy(this::load)
                    .isInstanceOf(InvalidInputException.class)
                    .hasMessageContaining("model.pt cannot be loaded as a TorchScript program")
                    .hasMessageNotContaining("\n");
        }
        Files.delete(file);
        assertThatThrownBy(this::load)
                .isInstanceOf(InvalidInputException.class)
                .hasMessageContaining("model.pt is missing");
    }

    @Test
    void aBatchsLossIsTheMeanOverItsImages() {
        try (ScriptedDetector detector = load();
                PointerScope _ = new PointerScope()) {
            double all = detector.losses(samples).values().regression();
            double mean = samples.stream()
                            .mapToDouble(sample ->
                                    detector.losses(List.of(sample)).values().regression())
                            .sum()
                    / samples.size();

            assertThat(mean).isCloseTo(all, within(1e-6));
        }
    }
}
