package dev.dhmq.search;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import dev.dhmq.quant.BitWidths;
import dev.dhmq.quant.WeightQuantizer;
import dev.dhmq.tensor.CountingBackend;
import dev.dhmq.tensor.ParameterLayout;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.FieldSource;

/** Starting curvatures and task weights on quadratics, where both are known. */
class StartingEstimatesTest {
    private static final long SEED = 512;
    private static final ParameterLayout LAYOUT = Problems.layout(4);
    private static final double[] CURVATURES = {3, 0.5, 1, 8};

    private static final List<CurvatureStart> STARTS = List.of(
            new CurvatureStart.JointSecant(4), new CurvatureStart.LayerSecant(4), new CurvatureStart.Hutchinson(2, 1));

    private final CountingBackend backend = new CountingBackend();
    private final SearchCost cost = new SearchCost();

    @AfterEach
    void nothingIsLeftOpen() {
        assertThat(backend.open()).isZero();
    }

    @ParameterizedTest
    @FieldSource("STARTS")
    void everyStartFindsTheCurvatureOfUncoupledLayers(CurvatureStart start) {
        double[] t = estimate(start, 0, true, true, true, true);
        // Gradients are floats, and a secant divides their small differences.
        assertThat(t).containsExactly(CURVATURES, within(1e-4));
    }

    @Test
    void theJointSecantSeesWhatLayersDoToEachOtherAndTheLayerSecantDoesNot() {
        assertThat(estimate(new CurvatureStart.LayerSecant(4), 0.3, true, true, true, true))
                .containsExactly(CURVATURES, within(1e-4));
        double[] joint = estimate(new CurvatureStart.JointSecant(4), 0.3, true, true, true, true);
        assertThat(joint[1]).as("seed %d", SEED).isNotCloseTo(CURVATURES[1], within(0.01));
    }

    @Test
    void layersThatMayNotMoveAreNotProbed() {
        double[] t = estimate(new CurvatureStart.JointSecant(4), 0.3, true, false, false, false);
        assertThat(t[0]).isCloseTo(CURVATURES[0], within(1e-4));
        assertThat(t[1]).isZero();
    }

    @ParameterizedTest
    @CsvSource({"0, 2, 0, 0", "1, 5, 0, 0", "2, 0, 2, 0"})
    void everyStartCountsWhatItSpends(int start, int gradients, int products, int losses) {
        estimate(STARTS.get(start), 0, true, true, true, true);
        assertThat(cost.count()).isEqualTo(new SearchCost.Count(gradients, products, losses));
    }

    @Test
    void onlyProbesHaveAStandardError() {
        // Layers that depend on each other: otherwise the probes of a multiple of the identity all say the same.
        assertThat(starting(new CurvatureStart.Hutchinson(4, 1)))
                .allSatisfy(
                        start -> assertThat(start.standardError()).isPositive().isFinite());
        assertThat(starting(new CurvatureStart.Hutchinson(1, 1)))
                .allSatisfy(start -> assertThat(start.standardError()).isInfinite());
        assertThat(starting(new CurvatureStart.JointSecant(4)))
                .allSatisfy(start -> assertThat(start.standardError()).isZero());
    }

    private List<CurvatureEstimate> starting(CurvatureStart start) {
        try (QuadraticObjective objective = objective(0.3, 0.5);
                WeightQuantizer quantizer = quantizer(objective)) {
            return start.estimate(
                    objective, new TaskWeights(1, 0), quantizer, new boolean[] {true, true, true, true}, cost);
        }
    }

    @Test
    void hutchinsonNeedsAProbe() {
        assertThatThrownBy(() -> new CurvatureStart.Hutchinson(0, 1)).isInstanceOf(IllegalArgumentException.class);
    }

    @Test
    void noLayerIsFreeForBendingDown() {
        CurvatureFloor floor = CurvatureFloor.of(new double[] {-5, 0, 2, 4, 600});
        assertThat(floor.least()).isEqualTo(0.04);
        assertThat(floor.lift(new double[] {-5, 0, 2})).containsExactly(0.04, 0.04, 2);
        assertThat(CurvatureFloor.of(new double[] {-1, 0}).least()).isEqualTo(1);
    }

    @ParameterizedTest
    @CsvSource({
        "0.5, 2, equalised: at 4 bits",
        "5, 0.2, equalised: at 4 bits",
        "1000, 0.01, equalised as far as 1/100 to 100 allow",
        "0.001, 100, equalised as far as 1/100 to 100 allow",
        "0, 1, 'equal, because a part does not increase'",
        "-3, 1, 'equal, because a part does not increase'"
    })
    void bothTasksWeighAlikeWithinAHundredthAndAHundred(double share, double regression, String how) {
        try (QuadraticObjective objective = objective(0, share);
                WeightQuantizer quantizer = quantizer(objective)) {
            float[] before = backend.read(objective.weights());
            TaskBalance balance =
                    TaskBalance.equalize(objective, quantizer, new boolean[] {true, true, true, true}, cost);
            assertThat(balance.weights().classification()).isEqualTo(1);
            // The regression part is the share of the other, computed in double.
            assertThat(balance.weights().regression()).isCloseTo(regression, within(1e-12));
            assertThat(balance.how()).startsWith(how);
            assertThat(backend.read(objective.weights())).containsExactly(before);
        }
    }

    private double[] estimate(CurvatureStart start, double coupling, boolean... movable) {
        try (QuadraticObjective objective = objective(coupling, 0.5);
                WeightQuantizer quantizer = quantizer(objective)) {
            float[] before = backend.read(objective.weights());
            double[] t =
                    CurvatureEstimate.means(start.estimate(objective, new TaskWeights(1, 0), quantizer, movable, cost));
            assertThat(backend.read(objective.weights())).containsExactly(before);
            return Arrays.copyOf(t, t.length);
        }
    }

    private QuadraticObjective objective(double coupling, double share) {
        double[][] hessian = QuadraticObjective.hessian(LAYOUT, CURVATURES, coupling, SEED);
        return new QuadraticObjective(backend, LAYOUT, Problems.gaussian(LAYOUT, SEED), hessian, share);
    }

    private WeightQuantizer quantizer(QuadraticObjective objective) {
        return new WeightQuantizer(backend, LAYOUT, objective.weights(), BitWidths.of(4));
    }
}
