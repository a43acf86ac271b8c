package dev.dhmq.search;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.tuple;
import static org.assertj.core.api.Assertions.within;

import dev.dhmq.tensor.Backend;
import dev.dhmq.tensor.CountingBackend;
import dev.dhmq.tensor.DeviceVector;
import dev.dhmq.tensor.ParameterLayout;
import dev.dhmq.tensor.ReferenceBackend;
import java.util.Objects;
import java.util.Optional;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

/** Two tasks that depend on different layers: layers 0 and 1 classify, 2 and 3 regress. */
class TaskPartsTest {
    private static final long SEED = 88;
    private static final ParameterLayout LAYOUT = Problems.layout(4);
    private static final double[] CLASSIFYING = {6, 4, 0, 0};
    private static final double[] REGRESSING = {0, 0, 5, 7};

    private final CountingBackend backend = new CountingBackend();

    @AfterEach
    void everyVectorIsClosed() {
        assertThat(backend.open()).isZero();
    }

    @ParameterizedTest
    @CsvSource({"1, 0", "0, 1", "1, 0.01", "0.01, 1"})
    void fixedWeightsDecideWhichTaskIsSpared(double classification, double regression) {
        TaskWeights weights = new TaskWeights(classification, regression);
        QuantizationPlan plan = plan(Optional.of(weights), 1, 5);
        assertThat(plan.taskWeights()).isEqualTo(weights);
        assertThat(plan.taskWeighting()).isEqualTo("fixed");
        assertThat(plan.cost().losses()).isZero();
        int classifiers = plan.layers().get(0).bits() + plan.layers().get(1).bits();
        int regressors = plan.layers().get(2).bits() + plan.layers().get(3).bits();
        if (classification > regression) {
            assertThat(classifiers).as("seed %d", SEED).isGreaterThan(regressors);
        } else {
            assertThat(regressors).as("seed %d", SEED).isGreaterThan(classifiers);
        }
    }

    @Test
    void everyLayersChangeIsThatOfItsTaskAlone() {
        QuantizationPlan plan = plan(Optional.empty(), 1, 3);
        for (int l = 0; l < 4; l++) {
            TaskLosses change = plan.layers().get(l).change();
            assertThat(plan.layers().get(l).bits()).isLessThan(8);
            // Layers of the one task do not enter the other's loss at all.
            assertThat(l < 2 ? change.regression() : change.classification()).isZero();
            assertThat(l < 2 ? change.classification() : change.regression()).isPositive();
        }
    }

    /** Uncoupled quadratics that both tasks depend on: a secant of each is all there is to know. */
    @ParameterizedTest
    @EnumSource(Sensitivity.class)
    void bothTasksChangesArePredicted(Sensitivity sensitivity) {
        double[] classifying = {6, 4, 1, 2};
        double[] regressing = {1, 2, 5, 7};
        SearchSettings settings = Problems.exact()
                .withSensitivity(sensitivity)
                .withTaskWeights(new TaskWeights(2, 3))
                .withByTask(true);
        QuantizationPlan plan = plan(classifying, regressing, settings, 3);
        assertThat(plan.steps()).hasSizeGreaterThan(10).allSatisfy(step -> {
            TaskLosses predicted = Objects.requireNonNull(step.predictedByTask());
            assertThat(predicted.weighted(plan.taskWeights())).isCloseTo(step.predicted(), within(1e-9));
            if (sensitivity == Sensitivity.CURVATURE_AND_GRADIENT) {
                double size = Math.abs(step.measured());
                assertThat(predicted.classification()).isCloseTo(step.change().classification(), within(1e-3 * size));
                assertThat(predicted.regression()).isCloseTo(step.change().regression(), within(1e-3 * size));
            }
        });
        assertThat(plan.steps())
                .filteredOn(step -> step.moves().getFirst().layer() == 0)
                .as("a layer that classification hangs on more")
                .isNotEmpty()
                .allSatisfy(step -> {
                    TaskLosses predicted = Objects.requireNonNull(step.predictedByTask());
                    assertThat(Math.abs(predicted.classification())).isGreaterThan(Math.abs(predicted.regression()));
                });
    }

    @Test
    void predictingByTaskTakesTwiceTheGradientsAndChangesNoPlan() {
        SearchSettings settings = SearchSettings.defaults();
        QuantizationPlan plain = plan(CLASSIFYING, REGRESSING, settings, 3);
        QuantizationPlan told = plan(CLASSIFYING, REGRESSING, settings.withByTask(true), 3);
        assertThat(told.assignment()).isEqualTo(plain.assignment());
        assertThat(told.steps())
                .extracting(SearchStep::predicted, SearchStep::measured)
                .isEqualTo(plain.steps().stream()
                        .map(step -> tuple(step.predicted(), step.measured()))
                        .toList());
        assertThat(told.cost().gradients()).isEqualTo(2 * plain.cost().gradients());
        assertThat(plain.steps()).allMatch(step -> step.predictedByTask() == null);
        assertThat(RankCorrelation.ofPart(plain.steps(), TaskLosses::classification))
                .isEmpty();
        assertThat(RankCorrelation.ofPart(told.steps(), TaskLosses::classification))
                .isNotEmpty();
    }

    @Test
    void aLossWithoutRegressionIsNotPredictedByTask() {
        SearchSettings settings = SearchSettings.defaults().withTaskWeights(new TaskWeights(1, 0));
        assertThatThrownBy(() -> settings.withByTask(true))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("regression");
    }

    /** A regression loss in other units is another loss to equal weights, but not to balanced ones. */
    @ParameterizedTest
    @CsvSource({"8", "0.125"})
    void balancedWeightsMakeTheUnitsOfATaskImmaterial(double units) {
        QuantizationPlan plain = plan(Optional.empty(), 1, 4);
        QuantizationPlan scaled = plan(Optional.empty(), units, 4);
        assertThat(scaled.assignment()).isEqualTo(plain.assignment());
        // Units are a power of two: only the division of the two increases rounds.
        assertThat(scaled.taskWeights().regression() * units)
                .isCloseTo(plain.taskWeights().regression(), within(1e-12));
        assertThat(plan(Optional.of(TaskWeights.EQUAL), 8, 4).assignment())
                .isNotEqualTo(plan(Optional.of(TaskWeights.EQUAL), 0.125, 4).assignment());
    }

    private QuantizationPlan plan(Optional<TaskWeights> weights, double units, double meanBits) {
        SearchSettings base = SearchSettings.defaults()
                .withStart(Problems.exact().start())
                .withLayersPerStep(1)
                .withMemory(0);
        SearchSettings settings = weights.map(base::withTaskWeights).orElse(base);
        double[] regressing = REGRESSING.clone();
        for (int l = 0; l < regressing.length; l++) {
            regressing[l] *= units;
        }
        return plan(CLASSIFYING, regressing, settings, meanBits);
    }

    private QuantizationPlan plan(double[] classifying, double[] regressing, SearchSettings settings, double meanBits) {
        try (ReferenceBackend plain = new ReferenceBackend();
                QuadraticObjective classification = quadratic(backend, classifying);
                QuadraticObjective regression = quadratic(plain, regressing)) {
            return Problems.plan(new TwoTasks(classification, regression), settings, new Budget.MeanBits(meanBits));
        }
    }

    private static QuadraticObjective quadratic(Backend backend, double[] curvatures) {
        double[][] hessian = QuadraticObjective.hessian(LAYOUT, curvatures, 0, SEED);
        return new QuadraticObjective(backend, LAYOUT, Problems.gaussian(LAYOUT, SEED), hessian, 0);
    }

    /** The classification parts of two quadratics as the two parts of one loss, at the weights of the first. */
    private record TwoTasks(QuadraticObjective first, QuadraticObjective second) implements Objective {
        @Override
        public String name() {
            return "two-tasks";
        }

        @Override
        public ParameterLayout layout() {
            return first.layout();
        }

        @Override
        public Backend backend() {
            return first.backend();
        }

        @Override
        public DeviceVector weights() {
            return first.weights();
        }

        @Override
        public TaskLosses loss() {
            follow();
            return new TaskLosses(first.loss().classification(), second.loss().classification());
        }

        @Override
        public TaskLosses lossAndGradient(TaskWeights weights, DeviceVector gradient) {
            follow();
            combine(weights, gradient, first::lossAndGradient, second::lossAndGradient);
            return loss();
        }

        @Override
        public void hessianVectorProduct(TaskWeights weights, DeviceVector v, DeviceVector product) {
            combine(
                    weights,
                    product,
                    (part, out) -> first.hessianVectorProduct(part, v, out),
                    (part, out) -> second.hessianVectorProduct(part, v, out));
        }

        private void follow() {
            second.backend().copy(first.weights(), second.weights());
        }

        private interface Part {
            void into(TaskWeights weights, DeviceVector out);
        }

        private void combine(TaskWeights weights, DeviceVector sum, Part one, Part other) {
            Backend backend = first.backend();
            TaskWeights alone = new TaskWeights(1, 0);
            try (DeviceVector part = backend.allocate(sum.length())) {
                backend.write(new float[(int) sum.length()], sum);
                one.into(alone, part);
                backend.axpy((float) weights.classification(), part, sum);
                other.into(alone, part);
                backend.axpy((float) weights.regression(), part, sum);
            }
        }
    }
}
