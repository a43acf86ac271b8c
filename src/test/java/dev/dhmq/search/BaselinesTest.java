package dev.dhmq.search;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import dev.dhmq.InvalidInputException;
import dev.dhmq.quant.BitWidths;
import dev.dhmq.quant.WeightQuantizer;
import dev.dhmq.search.baseline.CostEstimate;
import dev.dhmq.search.baseline.CostModel;
import dev.dhmq.search.baseline.Greedy;
import dev.dhmq.search.baseline.Knapsack;
import dev.dhmq.search.baseline.Oracle;
import dev.dhmq.search.baseline.RandomDowngrades;
import dev.dhmq.search.baseline.UniformBits;
import dev.dhmq.tensor.ParameterLayout;
import dev.dhmq.tensor.ReferenceBackend;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** The baselines on a quadratic whose layers' blocks are multiples of the identity, where prices can be exact. */
class BaselinesTest {
    private static final ParameterLayout LAYOUT = Problems.layout(5);
    private static final double[] CURVATURES = {3, 0.4, 1, 8, 0.2};
    private static final SearchSettings SETTINGS = SearchSettings.defaults().withCandidates(BitWidths.of(2, 3, 4, 6));

    private final ReferenceBackend backend = new ReferenceBackend();
    private final SearchCost cost = new SearchCost();

    @AfterEach
    void close() {
        backend.close();
    }

    private QuadraticObjective objective(double coupling, long seed, double... curvatures) {
        double[][] hessian = QuadraticObjective.hessian(LAYOUT, curvatures, coupling, seed);
        return new QuadraticObjective(backend, LAYOUT, Problems.gaussian(LAYOUT, seed + 50), hessian, 0.5);
    }

    private WeightQuantizer quantizer(Objective objective) {
        return new WeightQuantizer(backend, LAYOUT, objective.weights(), BitWidths.of(2, 3, 4, 6));
    }

    private CostEstimate estimate(CostModel model, Objective objective, WeightQuantizer quantizer) {
        boolean[] movable = Assignment.start(LAYOUT, SETTINGS).movable();
        return model.estimate(objective, TaskWeights.EQUAL, quantizer, SETTINGS.candidates(), movable, cost);
    }

    @Test
    void squaredErrorsAreThoseOfTheQuantizedWeights() {
        try (QuadraticObjective objective = objective(0, 1, CURVATURES);
                WeightQuantizer quantizer = quantizer(objective)) {
            float[] floats = backend.read(objective.weights());
            CostEstimate estimate = estimate(new CostModel.SquaredError(), objective, quantizer);
            int[] bits = new int[CURVATURES.length];
            Arrays.fill(bits, 3);
            quantizer.quantize(bits, objective.weights());
            float[] quantized = backend.read(objective.weights());
            for (int l = 0; l < bits.length; l++) {
                double sum = 0;
                for (int i = 0; i < LAYOUT.layer(l).size(); i++) {
                    int at = (int) LAYOUT.layer(l).offset() + i;
                    sum += Math.pow((double) quantized[at] - floats[at], 2);
                }
                assertThat(estimate.costs().cost(l, 3)).isCloseTo(sum, within(1e-6 * sum));
                assertThat(estimate.costs().cost(l, 0)).isZero();
            }
            assertThat(cost.count()).isEqualTo(new SearchCost.Count(0, 0, 0));
        }
    }

    @Test
    void aMeanTraceOfAMultipleOfTheIdentityIsExactAndNegativeOnesAreClamped() {
        try (QuadraticObjective objective = objective(0, 2, 3, 0.4, -1, 8, 0.2);
                WeightQuantizer quantizer = quantizer(objective)) {
            CostEstimate estimate = estimate(new CostModel.MeanTrace(4, 9), objective, quantizer);
            CostEstimate errors = estimate(new CostModel.SquaredError(), objective, quantizer);
            // Equal task weights add half of the loss as the regression part. Products are floats.
            assertThat(estimate.curvatures()[0]).isCloseTo(4.5, within(1e-5));
            assertThat(estimate.curvatures()[2]).isCloseTo(-1.5, within(1e-5));
            assertThat(estimate.standardErrors()[0]).isCloseTo(0, within(1e-5));
            assertThat(estimate.costs().cost(2, 2)).isZero();
            assertThat(estimate.costs().cost(0, 2))
                    .isCloseTo(4.5 * errors.costs().cost(0, 2), within(1e-3));
            assertThat(cost.count()).isEqualTo(new SearchCost.Count(0, 4, 0));
        }
    }

    @Test
    void coupledTracesCarryStandardErrors() {
        try (QuadraticObjective objective = objective(0.4, 3, CURVATURES);
                WeightQuantizer quantizer = quantizer(objective)) {
            CostEstimate estimate = estimate(new CostModel.MeanTrace(50, 1), objective, quantizer);
            for (int l = 0; l < CURVATURES.length; l++) {
                double error = estimate.standardErrors()[l];
                assertThat(error).isPositive();
                // Five standard errors: beyond one in a million for a normal estimate.
                assertThat(estimate.curvatures()[l]).isCloseTo(1.5 * CURVATURES[l], within(5 * error));
            }
        }
    }

    @Test
    void theJointSecantPricesAnUncoupledQuadraticExactly() {
        try (QuadraticObjective objective = objective(0, 4, CURVATURES);
                WeightQuantizer quantizer = quantizer(objective)) {
            CostEstimate estimate = estimate(new CostModel.JointSecant(4), objective, quantizer);
            assertThat(cost.count()).isEqualTo(new SearchCost.Count(2, 0, 0));
            int[] bits = {2, 3, 4, 6, 2};
            quantizer.quantize(bits, objective.weights());
            double loss = objective.loss().weighted(TaskWeights.EQUAL);
            assertThat(estimate.costs().total(bits)).isCloseTo(loss, within(1e-4 * loss));
        }
    }

    @ParameterizedTest
    @CsvSource({"5, 3.5", "6, 3", "7, 4.4"})
    void withExactPricesTheKnapsackFindsWhatTryingAllFinds(long seed, double mean) {
        Budget budget = new Budget.MeanBits(mean);
        try (QuadraticObjective objective = objective(0, seed, CURVATURES);
                WeightQuantizer quantizer = quantizer(objective)) {
            float[] floats = backend.read(objective.weights());
            CostEstimate estimate = estimate(new CostModel.JointSecant(4), objective, quantizer);
            int[] exact = new Knapsack().allocate(LAYOUT, SETTINGS, estimate.costs(), budget);
            int[] best = new Oracle(1, 1024).allocate(objective, TaskWeights.EQUAL, quantizer, SETTINGS, budget, cost);
            assertThat(loss(objective, quantizer, exact)).isEqualTo(loss(objective, quantizer, best));
            backend.copy(quantizer.floatWeights(), objective.weights());
            assertThat(backend.read(objective.weights())).isEqualTo(floats);
        }
    }

    @ParameterizedTest
    @ValueSource(longs = {8, 9, 10})
    void aBeamIsBetweenTheBestAndGreedyPrices(long seed) {
        Budget budget = new Budget.CompressionRatio(6);
        try (QuadraticObjective objective = objective(0.4, seed, CURVATURES);
                WeightQuantizer quantizer = quantizer(objective)) {
            float[] floats = backend.read(objective.weights());
            int[] best = new Oracle(1, 1024).allocate(objective, TaskWeights.EQUAL, quantizer, SETTINGS, budget, cost);
            int all = cost.count().losses();
            int[] beam = new Oracle(8, 0).allocate(objective, TaskWeights.EQUAL, quantizer, SETTINGS, budget, cost);
            CostEstimate errors = estimate(new CostModel.SquaredError(), objective, quantizer);
            int[] magnitude = new Greedy().allocate(LAYOUT, SETTINGS, errors.costs(), budget);
            assertThat(backend.read(objective.weights())).isEqualTo(floats);
            assertThat(all).isBetween(1, 1024);
            for (int[] bits : List.of(best, beam, magnitude)) {
                assertThat(budget.metBy(LAYOUT, bits)).isTrue();
            }
            assertThat(loss(objective, quantizer, beam))
                    .as("seed %d", seed)
                    .isBetween(loss(objective, quantizer, best), loss(objective, quantizer, magnitude));
        }
    }

    @ParameterizedTest
    @ValueSource(longs = {8, 9, 10, 11})
    void noLayersBitsArePaidForByOneOtherAfterTheOracle(long seed) {
        Budget budget = new Budget.CompressionRatio(6);
        try (QuadraticObjective objective = objective(0.8, seed, CURVATURES);
                WeightQuantizer quantizer = quantizer(objective)) {
            int[] bits = new Oracle(1, 0).allocate(objective, TaskWeights.EQUAL, quantizer, SETTINGS, budget, cost);
            double least = loss(objective, quantizer, bits);
            int exchanges = 0;
            for (int up = 0; up < bits.length; up++) {
                for (int down = 0; down < bits.length; down++) {
                    int[] exchanged = bits.clone();
                    exchanged[up] = SETTINGS.candidates().above(bits[up]);
                    exchanged[down] = SETTINGS.candidates().below(bits[down]);
                    if (up != down
                            && exchanged[up] != BitWidths.NONE
                            && exchanged[down] != BitWidths.NONE
                            && budget.metBy(LAYOUT, exchanged)) {
                        assertThat(loss(objective, quantizer, exchanged))
                                .as("seed %d, layer %d for layer %d", seed, up, down)
                                .isGreaterThanOrEqualTo(least);
                        exchanges++;
                    }
                }
            }
            assertThat(exchanges).isPositive();
        }
    }

    private static double loss(QuadraticObjective objective, WeightQuantizer quantizer, int[] bits) {
        quantizer.quantize(bits, objective.weights());
        return objective.loss().weighted(TaskWeights.EQUAL);
    }

    @Test
    void theUniformWidthOfARatioIsTheOneItIsNamedAfter() {
        SearchSettings settings = SearchSettings.defaults();
        for (double[] pair :
                new double[][] {{8, 4}, {10.67, 3}, {10.666, 3}, {12.8, 3}, {16, 2}, {5.33, 6}, {4.5, 8}}) {
            assertThat(UniformBits.nominal(LAYOUT, settings, new Budget.CompressionRatio(pair[0])))
                    .as("ratio %s", pair[0])
                    .containsOnly((int) pair[1]);
        }
        assertThat(UniformBits.nominal(LAYOUT, settings, new Budget.MeanBits(3.5)))
                .containsOnly(4);
        assertThat(UniformBits.nominal(LAYOUT, settings, new Budget.Bytes(LAYOUT.size() / 2)))
                .containsOnly(4);
    }

    @Test
    void theUniformWidthWithinABudgetMeetsIt() {
        Budget budget = new Budget.MeanBits(5);
        SearchSettings settings = SETTINGS.withPinned(List.of("layer-0")).withExcluded(List.of());
        int[] bits = UniformBits.within(LAYOUT, settings, budget);
        assertThat(bits).containsExactly(6, 4, 4, 4, 4);
        assertThatThrownBy(() -> UniformBits.within(LAYOUT, SETTINGS, new Budget.MeanBits(1)))
                .isInstanceOf(InvalidInputException.class)
                .hasMessageContaining("cannot reach");
    }

    @Test
    void randomDowngradesMeetTheBudgetAndDependOnTheSeed() {
        Budget budget = new Budget.MeanBits(3.5);
        SearchSettings settings = SETTINGS.withPinned(List.of("layer-3"));
        int[] bits = RandomDowngrades.allocate(LAYOUT, settings, budget, 1);
        assertThat(budget.metBy(LAYOUT, bits)).isTrue();
        assertThat(bits[3]).isEqualTo(6);
        assertThat(RandomDowngrades.allocate(LAYOUT, settings, budget, 1)).isEqualTo(bits);
        assertThat(RandomDowngrades.allocate(LAYOUT, settings, budget, 2)).isNotEqualTo(bits);
        assertThatThrownBy(() -> RandomDowngrades.allocate(LAYOUT, settings, new Budget.MeanBits(2), 1))
                .isInstanceOf(InvalidInputException.class)
                .hasMessageContaining("cannot reach");
    }
}
