package dev.dhmq.model;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import dev.dhmq.model.network.LossTensors.Stage;
import dev.dhmq.search.TaskLosses;
import dev.dhmq.search.TaskWeights;
import dev.dhmq.tensor.Backend;
import dev.dhmq.tensor.DeviceVector;
import dev.dhmq.tensor.ReferenceBackend;
import java.util.List;
import org.junit.jupiter.api.Test;

class FasterRcnnObjectiveTest extends AbstractCalibrationObjectiveTest {
    FasterRcnnObjectiveTest() {
        super(TinyDetector.createFasterRcnn(1));
    }

    /** The divergence's gradient is softmax(z) times the sum of p, less p: that sum is 1 but for float32 rounding. */
    @Override
    float effectRounding() {
        return 1e-6f;
    }

    /** They do as they are; larger weights make the starting outputs overflow. */
    @Override
    float visibly() {
        return 1;
    }

    /** The gradient holds proposals fixed, but they move with the weights. */
    @Override
    double predictionError() {
        return 0.2;
    }

    @Test
    void theStagesPartsAddUpToTheWhole() {
        List<Sample> samples = TinyDetector.samples(3, 4);
        TaskWeights weights = new TaskWeights(1, 0.5);
        try (FasterRcnn model = TinyDetector.createFasterRcnn(2);
                Backend backend = new ReferenceBackend();
                TaskObjective whole = new TaskObjective(model, backend, samples, 2);
                TaskObjective proposals = new TaskObjective(model, backend, samples, 2, Stage.PROPOSALS);
                TaskObjective detections = new TaskObjective(model, backend, samples, 2, Stage.DETECTIONS);
                DeviceVector all = backend.allocate(model.weights().layout().size());
                DeviceVector first = backend.allocate(model.weights().layout().size());
                DeviceVector second = backend.allocate(model.weights().layout().size())) {
            TaskLosses sum =
                    proposals.lossAndGradient(weights, first).plus(detections.lossAndGradient(weights, second));
            TaskLosses losses = whole.lossAndGradient(weights, all);

            assertThat(losses.classification()).isCloseTo(sum.classification(), within(1e-6));
            assertThat(losses.regression()).isCloseTo(sum.regression(), within(1e-6));
            float[] expected = backend.read(all);
            float[] parts = backend.read(first);
            float[] others = backend.read(second);
            for (int i = 0; i < expected.length; i++) {
                // Float32 rounding of two sums.
                assertThat(parts[i] + others[i]).isCloseTo(expected[i], within(1e-5f));
            }
        }
    }

    @Test
    void aDetectorOfOneStageHasNoProposalLosses() {
        try (RetinaNet model = TinyDetector.create(2);
                Backend backend = new ReferenceBackend();
                TaskObjective proposals =
                        new TaskObjective(model, backend, TinyDetector.samples(1, 4), 2, Stage.PROPOSALS)) {
            assertThatThrownBy(proposals::loss)
                    .isInstanceOf(IllegalArgumentException.class)
                    .hasMessageContaining("PROPOSALS");
        }
    }

    @Test
    void picturesWithoutObjectsHaveALossAndDetections() {
        List<Sample> samples = TinyDetector.samples(2, 4).stream()
                .map(sample -> new Sample(
                        sample.name(),
                        sample.pixels(),
                        sample.height(),
                        sample.width(),
                        new GroundTruth(new float[0], new int[0])))
                .toList();
        try (FasterRcnn model = TinyDetector.createFasterRcnn(2);
                Backend backend = new ReferenceBackend();
                TaskObjective task = new TaskObjective(model, backend, samples, 2)) {
            TaskLosses losses = task.loss();

            assertThat(losses.classification()).isPositive().isFinite();
            assertThat(losses.regression()).isZero();
            assertThat(model.detect(samples)).hasSize(2);
        }
    }
}
