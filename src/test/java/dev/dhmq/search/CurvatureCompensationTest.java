package dev.dhmq.search;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.dhmq.Progress;
import dev.dhmq.quant.BitWidths;
import dev.dhmq.quant.WeightQuantizer;
import dev.dhmq.tensor.Backend;
import dev.dhmq.tensor.DeviceVector;
import dev.dhmq.tensor.ParameterLayout;
import dev.dhmq.tensor.ReferenceBackend;
import java.util.Arrays;
import java.util.Random;
import java.util.concurrent.CancellationException;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class CurvatureCompensationTest {
    private static final BitWidths WIDTHS = BitWidths.of(2, 3);
    private static final ParameterLayout LAYOUT = Problems.layout(4);
    private static final int[] BITS = {2, 3, Backend.SKIP, 2};

    private final ReferenceBackend backend = new ReferenceBackend();
    private final float[] floats = Problems.gaussian(LAYOUT, 1);

    @AfterEach
    void close() {
        backend.close();
    }

    private QuadraticObjective coupled() {
        return new QuadraticObjective(backend, LAYOUT, floats, fewDirections(), 0.5);
    }

    /** Few directions count, and all weights have a part in them: the error of one can be made up for by others. */
    private static double[][] fewDirections() {
        int n = (int) LAYOUT.size();
        int directions = n / 8;
        Random random = new Random(2);
        double[][] hessian = new double[n][n];
        for (int d = 0; d < directions; d++) {
            double[] a = random.doubles(n, -1, 1).toArray();
            for (int i = 0; i < n; i++) {
                for (int j = 0; j < n; j++) {
                    hessian[i][j] += a[i] * a[j] / directions;
                }
            }
        }
        return hessian;
    }

    private double lossOfQuantized(Objective objective) {
        try (WeightQuantizer quantizer = new WeightQuantizer(backend, LAYOUT, objective.weights(), WIDTHS)) {
            quantizer.quantize(BITS, objective.weights());
            double loss = objective.loss().classification();
            backend.copy(quantizer.floatWeights(), objective.weights());
            return loss;
        }
    }

    @Test
    void whatQuantizationCostsIsPartlyMadeUpFor() {
        try (QuadraticObjective objective = coupled()) {
            double before = lossOfQuantized(objective);
            CurvatureCompensation.Result result = CurvatureCompensation.run(objective, BITS, WIDTHS, 10, Progress.NONE);
            double after = lossOfQuantized(objective);
            assertThat(result.before().classification()).isEqualTo(before);
            assertThat(result.after().classification()).isEqualTo(after);
            assertThat(after).isLessThan(0.8 * before);
            assertThat(result.steps()).isBetween(1, 10);
            assertThat(result.gradients()).isGreaterThan(result.steps());
        }
    }

    @Test
    void layersThatStayFloatAreNotMoved() {
        try (QuadraticObjective objective = coupled()) {
            CurvatureCompensation.run(objective, BITS, WIDTHS, 5, Progress.NONE);
            int from = (int) LAYOUT.layer(2).offset();
            int to = from + (int) LAYOUT.layer(2).size();
            float[] moved = backend.read(objective.weights());
            assertThat(Arrays.copyOfRange(moved, from, to)).isEqualTo(Arrays.copyOfRange(floats, from, to));
            assertThat(moved).isNotEqualTo(floats);
        }
    }

    @Test
    void theSameRunGivesTheSameWeights() {
        float[] first;
        try (QuadraticObjective objective = coupled()) {
            CurvatureCompensation.run(objective, BITS, WIDTHS, 5, Progress.NONE);
            first = backend.read(objective.weights());
        }
        try (QuadraticObjective objective = coupled()) {
            CurvatureCompensation.run(objective, BITS, WIDTHS, 5, Progress.NONE);
            assertThat(backend.read(objective.weights())).isEqualTo(first);
        }
    }

    @Test
    void noStepsMoveNothing() {
        try (QuadraticObjective objective = coupled()) {
            CurvatureCompensation.Result result = CurvatureCompensation.run(objective, BITS, WIDTHS, 0, Progress.NONE);
            assertThat(result.steps()).isZero();
            assertThat(result.after()).isEqualTo(result.before());
            assertThat(backend.read(objective.weights())).isEqualTo(floats);
        }
    }

    @Test
    void weightsThatLoseNothingStayWhereTheyAre() {
        float[] zeros = new float[floats.length];
        double[][] hessian = QuadraticObjective.hessian(LAYOUT, new double[] {1, 1, 1, 1}, 0, 2);
        try (QuadraticObjective objective = new QuadraticObjective(backend, LAYOUT, zeros, hessian, 1)) {
            CurvatureCompensation.Result result = CurvatureCompensation.run(objective, BITS, WIDTHS, 5, Progress.NONE);
            assertThat(result.steps()).isZero();
            assertThat(backend.read(objective.weights())).isEqualTo(zeros);
        }
    }

    @Test
    void anInterruptedRunLeavesFloatWeights() {
        try (QuadraticObjective objective = coupled()) {
            Progress interrupting =
                    (task, steps) -> note -> Thread.currentThread().interrupt();
            assertThatThrownBy(() -> CurvatureCompensation.run(objective, BITS, WIDTHS, 5, interrupting))
                    .isInstanceOf(CancellationException.class)
                    .hasMessageContaining("after 1 steps");
            assertThat(Thread.interrupted()).isTrue();
            // Moved by one step, and not quantized.
            float[] moved = backend.read(objective.weights());
            assertThat(Arrays.copyOf(moved, (int) LAYOUT.layer(0).size()))
                    .doesNotHaveDuplicates()
                    .isNotEqualTo(Arrays.copyOf(floats, (int) LAYOUT.layer(0).size()));
        }
    }

    @Test
    void stepsThatGiveNoNumberAreShortened() {
        try (FragileObjective objective = new FragileObjective(backend, floats)) {
            CurvatureCompensation.Result result = CurvatureCompensation.run(objective, BITS, WIDTHS, 1, Progress.NONE);
            assertThat(result.steps()).isEqualTo(1);
            // At the start, twice in vain, and once at least with success.
            assertThat(result.gradients()).isGreaterThanOrEqualTo(4);
            assertThat(result.after().classification())
                    .isLessThan(result.before().classification());
        }
    }

    /** Fails at its first two trials. */
    private static final class FragileObjective extends QuadraticObjective {
        private int calls;

        FragileObjective(Backend backend, float[] minimum) {
            super(backend, LAYOUT, minimum, fewDirections(), 0.5);
        }

        @Override
        public TaskLosses lossAndGradient(TaskWeights weights, DeviceVector gradient) {
            calls++;
            if (calls == 2 || calls == 3) {
                throw new NonFiniteLossException("no number");
            }
            return super.lossAndGradient(weights, gradient);
        }
    }
}
