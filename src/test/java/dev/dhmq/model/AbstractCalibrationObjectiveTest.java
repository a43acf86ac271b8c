package dev.dhmq.model;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import dev.dhmq.search.NonFiniteLossException;
import dev.dhmq.search.TaskLosses;
import dev.dhmq.search.TaskWeights;
import dev.dhmq.tensor.Backend;
import dev.dhmq.tensor.DeviceVector;
import dev.dhmq.tensor.ReferenceBackend;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** The objectives over a detector; the detectors' own tests extend this. */
abstract class AbstractCalibrationObjectiveTest {
    private final Backend backend = new ReferenceBackend();
    private final List<Sample> samples = TinyDetector.samples(4, 2);
    private final DetectionModel model;
    private final long size;

    /** @param model closed after the test */
    AbstractCalibrationObjectiveTest(DetectionModel model) {
        this.model = model;
        this.size = model.weights().layout().size();
    }

    /** How large the gradient of {@code effect} may be at the float weights. */
    abstract float effectRounding();

    /** How far a small change of the loss may be from what the gradient predicts, as a share. */
    abstract double predictionError();

    /** What the starting weights are multiplied by so that the outputs' changes show above float32 rounding. */
    abstract float visibly();

    @AfterEach
    void close() {
        model.close();
        backend.close();
    }

    @Test
    void effectIsZeroAtTheFloatWeightsAndSoIsItsGradient() {
        try (EffectObjective effect = new EffectObjective(model, backend, samples, 2);
                DeviceVector gradient = backend.allocate(size)) {
            TaskLosses losses = effect.lossAndGradient(TaskWeights.EQUAL, gradient);

            assertThat(losses).isEqualTo(new TaskLosses(0, 0));
            for (float g : backend.read(gradient)) {
                assertThat(g).isBetween(-effectRounding(), effectRounding());
            }
        }
    }

    @Test
    void effectSeesBothTasksOnceWeightsMove() {
        try (EffectObjective effect = new EffectObjective(model, backend, samples, 2)) {
            // Starting heads are almost constant: only a large change shows above float32 rounding.
            scale(effect, 3f);

            TaskLosses losses = effect.loss();

            assertThat(losses.classification()).isPositive();
            assertThat(losses.regression()).isPositive();
        }
    }

    @Test
    void correctedEffectDoesNotSeeWhatTheCorrectionTakesBack() {
        try (EffectObjective effect = new EffectObjective(model, backend, samples, 2);
                EffectObjective corrected = EffectObjective.corrected(model, backend, samples, 2);
                DeviceVector gradient = backend.allocate(size)) {
            assertThat(corrected.loss()).isEqualTo(new TaskLosses(0, 0));
            scale(effect, 3f); // a strength that every layer has gained; both objectives share the weights

            assertThat(corrected.lossAndGradient(TaskWeights.EQUAL, gradient).classification())
                    .isLessThan(1e-5 * effect.loss().classification());
            assertThat(norm(gradient)).isLessThan(1e-3);
        }
    }

    @Test
    void theGradientOfTheCorrectedEffectPredictsASmallChangeOfIt() {
        try (TaskObjective task = new TaskObjective(model, backend, samples, 2)) {
            scale(task, visibly());
        }
        try (EffectObjective corrected = EffectObjective.corrected(model, backend, samples, 2);
                DeviceVector gradient = backend.allocate(size);
                DeviceVector noise = backend.allocate(size)) {
            backend.fillRademacher(7, 0, noise);
            backend.axpy(0.05f, noise, corrected.weights());
            double before =
                    corrected.lossAndGradient(TaskWeights.EQUAL, gradient).weighted(TaskWeights.EQUAL);
            double norm = norm(gradient);
            float step = (float) (1e-2 * before / (norm * norm));

            backend.axpy(-step, gradient, corrected.weights());

            double change = corrected.loss().weighted(TaskWeights.EQUAL) - before;
            assertThat(change).isCloseTo(-step * norm * norm, within(0.1 * step * norm * norm));
        }
    }

    @Test
    void theGradientPredictsASmallChangeOfTheLoss() {
        try (TaskObjective task = new TaskObjective(model, backend, samples, 2);
                DeviceVector gradient = backend.allocate(size)) {
            TaskWeights weights = new TaskWeights(1, 0.5);
            double before = task.lossAndGradient(weights, gradient).weighted(weights);
            double[] squares = new double[task.layout().layers().size()];
            backend.segmentedDot(task.layout(), gradient, gradient, squares);
            double norm2 = Arrays.stream(squares).sum();
            float step = (float) (1e-3 / Math.sqrt(norm2));

            backend.axpy(-step, gradient, task.weights());

            double change = task.loss().weighted(weights) - before;
            assertThat(change).isCloseTo(-step * norm2, within(predictionError() * step * norm2));
        }
    }

    @Test
    void batchesDoNotChangeTheLossOrTheGradient() {
        try (TaskObjective whole = new TaskObjective(model, backend, samples, 4);
                TaskObjective parts = new TaskObjective(model, backend, samples, 3);
                DeviceVector first = backend.allocate(size);
                DeviceVector second = backend.allocate(size)) {
            TaskLosses a = whole.lossAndGradient(TaskWeights.EQUAL, first);
            TaskLosses b = parts.lossAndGradient(TaskWeights.EQUAL, second);

            // Sums in another order: float32 rounding only.
            assertThat(b.classification()).isCloseTo(a.classification(), within(1e-5 * a.classification()));
            assertThat(b.regression()).isCloseTo(a.regression(), within(1e-5 * a.regression()));
            assertThat(distance(first, second)).isLessThan(1e-4 * norm(first));
        }
    }

    @Test
    void theHessianIsSymmetricAndOneBatchOrTwoGiveTheSameProduct() {
        try (TaskObjective task = new TaskObjective(model, backend, samples, 4);
                TaskObjective parts = new TaskObjective(model, backend, samples, 2);
                DeviceVector u = backend.allocate(size);
                DeviceVector v = backend.allocate(size);
                DeviceVector hu = backend.allocate(size);
                DeviceVector hv = backend.allocate(size)) {
            backend.fillRademacher(5, 0, u);
            backend.fillRademacher(5, 1, v);
            task.hessianVectorProduct(TaskWeights.EQUAL, u, hu);
            task.hessianVectorProduct(TaskWeights.EQUAL, v, hv);

            double uHv = dot(u, hv);
            // |u||Hv| is what float32 rounding scales with; u'Hv itself cancels to far less.
            assertThat(dot(v, hu)).isCloseTo(uHv, within(1e-5 * norm(u) * norm(hv)));
            assertThat(norm(hv)).isPositive();

            parts.hessianVectorProduct(TaskWeights.EQUAL, v, hu);
            assertThat(distance(hu, hv)).isLessThan(1e-3 * norm(hv));
        }
    }

    @Test
    void theSameWeightsGiveTheSameGradientBitForBit() {
        try (TaskObjective task = new TaskObjective(model, backend, samples, 2);
                DeviceVector first = backend.allocate(size);
                DeviceVector second = backend.allocate(size)) {
            assertThat(task.lossAndGradient(TaskWeights.EQUAL, first))
                    .isEqualTo(task.lossAndGradient(TaskWeights.EQUAL, second));
            assertThat(backend.read(second)).isEqualTo(backend.read(first));
        }
    }

    @Test
    void aLossThatIsNoNumberNamesTheImages() {
        try (TaskObjective task = new TaskObjective(model, backend, samples, 2)) {
            float[] weights = backend.read(task.weights());
            weights[0] = Float.NaN;
            backend.write(weights, task.weights());

            assertThatThrownBy(task::loss)
                    .isInstanceOf(NonFiniteLossException.class)
                    .hasMessageContaining("sample-0.png");
        }
    }

    private void scale(CalibrationObjective objective, float factor) {
        float[] weights = backend.read(objective.weights());
        for (int i = 0; i < weights.length; i++) {
            weights[i] *= factor;
        }
        backend.write(weights, objective.weights());
    }

    private double dot(DeviceVector a, DeviceVector b) {
        double[] parts = new double[model.weights().layout().layers().size()];
        backend.segmentedDot(model.weights().layout(), a, b, parts);
        return Arrays.stream(parts).sum();
    }

    private double norm(DeviceVector a) {
        return Math.sqrt(dot(a, a));
    }

    private double distance(DeviceVector a, DeviceVector b) {
        try (DeviceVector difference = backend.allocate(size)) {
            backend.copy(a, difference);
            backend.axpy(-1, b, difference);
            return norm(difference);
        }
    }
}
