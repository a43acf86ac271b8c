package dev.dhmq.search;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import dev.dhmq.InvalidInputException;
import dev.dhmq.quant.BitWidths;
import dev.dhmq.quant.QuantizedSize;
import dev.dhmq.tensor.Backend;
import dev.dhmq.tensor.CountingBackend;
import dev.dhmq.tensor.Layer;
import dev.dhmq.tensor.ParameterLayout;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.CancellationException;
import java.util.stream.Stream;
import org.assertj.core.data.Offset;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.FieldSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

class MixedPrecisionSearchTest {
    private static final long SEED = 1009;
    private static final ParameterLayout LAYOUT = Problems.layout(12);
    private static final SearchSettings DEFAULTS = SearchSettings.defaults();

    private static final List<Budget> BUDGETS =
            List.of(new Budget.CompressionRatio(6), new Budget.Bytes(600), new Budget.MeanBits(3.7));

    private final CountingBackend backend = new CountingBackend();
    private final SoftplusObjective objective = new SoftplusObjective(backend, LAYOUT, SEED);

    @AfterEach
    void nothingIsLeftOpen() {
        objective.close();
        assertThat(backend.open()).isZero();
    }

    static Stream<SearchSettings> variants() {
        return Stream.of(
                DEFAULTS,
                DEFAULTS.withStart(new CurvatureStart.LayerSecant(4)),
                DEFAULTS.withStart(new CurvatureStart.Hutchinson(8, 5)),
                DEFAULTS.withSensitivity(Sensitivity.CURVATURE).withRule(SelectionRule.LOWEST_SENSITIVITY),
                DEFAULTS.withLayersPerStep(1).withMemory(3));
    }

    @ParameterizedTest
    @MethodSource("variants")
    void theSameInputGivesTheSamePlanBitForBit(SearchSettings settings) {
        QuantizationPlan first = Problems.plan(objective, settings, BUDGETS.getFirst());
        try (SoftplusObjective again = new SoftplusObjective(backend, LAYOUT, SEED)) {
            // Records compare doubles by their bits.
            assertThat(Problems.plan(again, settings, BUDGETS.getFirst())).isEqualTo(first);
        }
        assertThat(first.steps()).isNotEmpty();
    }

    @ParameterizedTest
    @FieldSource("BUDGETS")
    void budgetsAreMetAndNoSoonerThanTheLastStep(Budget budget) {
        QuantizationPlan plan = Problems.plan(objective, DEFAULTS, budget);
        int[] bits = plan.assignment().over(LAYOUT);
        assertThat(budget.metBy(LAYOUT, bits)).isTrue();
        // Taking back any downgrade of the last step breaks the budget: nothing was given away.
        for (BitMove last : plan.steps().getLast().moves()) {
            int[] without = bits.clone();
            without[last.layer()] = last.from();
            assertThat(budget.metBy(LAYOUT, without)).as(last.toString()).isFalse();
        }
    }

    @Test
    void theTrajectoryLeadsFromTheTopToThePlan() {
        QuantizationPlan plan = Problems.plan(objective, DEFAULTS, BUDGETS.getFirst());
        int[] bits = new int[LAYOUT.layers().size()];
        Arrays.fill(bits, 8);
        int number = 0;
        for (SearchStep step : plan.steps()) {
            assertThat(step.number()).isEqualTo(++number);
            assertThat(step.moves()).isNotEmpty();
            if (!step.accepted()) {
                continue;
            }
            for (BitMove downgrade : step.moves()) {
                assertThat(downgrade.from()).isEqualTo(bits[downgrade.layer()]);
                assertThat(downgrade.to()).isEqualTo(DEFAULTS.candidates().below(downgrade.from()));
                assertThat(downgrade.curvatureTerm()).isNotNegative();
                bits[downgrade.layer()] = downgrade.to();
            }
        }
        assertThat(plan.assignment().over(LAYOUT)).containsExactly(bits);
    }

    @Test
    void lossesAndTheirChangesAddUp() {
        QuantizationPlan plan = Problems.plan(objective, DEFAULTS, BUDGETS.getFirst());
        TaskLosses steps = new TaskLosses(0, 0);
        TaskLosses layers = new TaskLosses(0, 0);
        for (SearchStep step : plan.steps()) {
            steps = steps.plus(step.change());
        }
        for (QuantizationPlan.LayerPlan layer : plan.layers()) {
            layers = layers.plus(layer.change());
        }
        TaskLosses start =
                plan.steps().getFirst().losses().minus(plan.steps().getFirst().change());
        // Sums of some tens of doubles of size one.
        Offset<Double> rounding = within(1e-12);
        assertThat(start.plus(steps).classification()).isCloseTo(plan.losses().classification(), rounding);
        assertThat(start.plus(steps).regression()).isCloseTo(plan.losses().regression(), rounding);
        assertThat(layers.classification()).isCloseTo(steps.classification(), rounding);
        assertThat(layers.regression()).isCloseTo(steps.regression(), rounding);
        assertThat(plan.layers().stream()
                        .mapToDouble(QuantizationPlan.LayerPlan::sensitivity)
                        .sum())
                .isCloseTo(
                        plan.steps().stream().mapToDouble(SearchStep::predicted).sum(), rounding);
        assertThat(plan.layers()).anySatisfy(layer -> assertThat(layer.bits()).isLessThan(6)); // moved more than once
    }

    @Test
    void oneRunGivesAPlanForEveryBudgetInTheirOrder() {
        List<Budget> budgets =
                List.of(new Budget.CompressionRatio(6), new Budget.CompressionRatio(4), new Budget.CompressionRatio(5));
        List<QuantizationPlan> plans = Problems.search(objective, DEFAULTS).run(budgets);
        assertThat(plans)
                .extracting(QuantizationPlan::budget)
                .containsExactlyElementsOf(
                        budgets.stream().map(Budget::describe).toList());
        assertThat(plans.get(1).compressionRatio()).isBetween(4.0, 5.0);
        assertThat(plans.get(2).compressionRatio()).isBetween(5.0, 6.0);
        for (int i = 0; i < budgets.size(); i++) {
            assertThat(plans.get(i)).isEqualTo(Problems.plan(objective, DEFAULTS, budgets.get(i)));
        }
    }

    @Test
    void costsAreCounted() {
        QuantizationPlan plan = Problems.plan(objective, DEFAULTS, BUDGETS.getFirst());
        // Two for the joint secant, one at the top width, one a step; two forward passes balance the tasks.
        assertThat(plan.cost()).isEqualTo(new SearchCost.Count(3 + plan.steps().size(), 0, 2));
        QuantizationPlan traces =
                Problems.plan(objective, DEFAULTS.withStart(new CurvatureStart.Hutchinson(8, 5)), BUDGETS.getFirst());
        assertThat(traces.cost())
                .isEqualTo(new SearchCost.Count(1 + traces.steps().size(), 8, 2));
    }

    @Test
    void pinnedLayersStayAtTheTopAndExcludedOnesInFloat() {
        SearchSettings settings = DEFAULTS.withPinned(List.of("layer-1*")).withExcluded(List.of("layer-0", "layer-7"));
        float[] before = backend.read(objective.weights());
        QuantizationPlan plan = Problems.plan(objective, settings, new Budget.CompressionRatio(3));
        for (QuantizationPlan.LayerPlan layer : plan.layers()) {
            switch (layer.name()) {
                case "layer-0", "layer-7" -> assertThat(layer.bits()).isEqualTo(Backend.SKIP);
                case "layer-1", "layer-10", "layer-11" ->
                    assertThat(layer.bits()).isEqualTo(8);
                default -> assertThat(layer.bits()).isBetween(2, 8);
            }
        }
        assertThat(backend.read(objective.weights())).containsExactly(before);
    }

    @Test
    void aPatternThatMatchesNothingIsNamed() {
        assertThatThrownBy(() -> Problems.plan(
                        objective, DEFAULTS.withPinned(List.of("layers-*")), new Budget.CompressionRatio(3)))
                .isInstanceOf(InvalidInputException.class)
                .hasMessageContaining("No layer's name matches the pinned pattern layers-*")
                .hasMessageContaining("layer-11");
    }

    static Stream<Budget> unreachable() {
        return Stream.of(new Budget.CompressionRatio(16), new Budget.Bytes(100), new Budget.MeanBits(1.5));
    }

    @ParameterizedTest
    @MethodSource("unreachable")
    void aBudgetOutOfReachSaysTheBestThatIsNot(Budget budget) {
        int[] lowest = new int[LAYOUT.layers().size()];
        Arrays.fill(lowest, 2);
        assertThatThrownBy(() -> Problems.plan(objective, DEFAULTS, budget))
                .isInstanceOf(InvalidInputException.class)
                .hasMessageContaining(budget.describe())
                .hasMessageContaining("with every layer at 2 bits it is " + budget.reached(LAYOUT, lowest));
    }

    @Test
    void theBestThatCanBeReachedIsReached() {
        int[] lowest = new int[LAYOUT.layers().size()];
        Arrays.fill(lowest, 2);
        Budget tightest = new Budget.Bytes(QuantizedSize.bytes(LAYOUT, lowest));
        assertThat(Problems.plan(objective, DEFAULTS, tightest).assignment().over(LAYOUT))
                .containsOnly(2);
    }

    @Test
    void aSingleCandidateIsThePlanOrOutOfReach() {
        SearchSettings settings = DEFAULTS.withCandidates(BitWidths.of(5));
        QuantizationPlan plan = Problems.plan(objective, settings, new Budget.MeanBits(5));
        assertThat(plan.steps()).isEmpty();
        assertThat(plan.assignment().over(LAYOUT)).containsOnly(5);
        assertThatThrownBy(() -> Problems.plan(objective, settings, new Budget.MeanBits(4)))
                .isInstanceOf(InvalidInputException.class)
                .hasMessageContaining("it is 5.000 bits");
    }

    @Test
    void aLayerOfZerosGoesDownFreely() {
        Layer zero = LAYOUT.layer(4);
        float[] values = backend.read(objective.weights());
        Arrays.fill(values, (int) zero.offset(), (int) (zero.offset() + zero.size()), 0);
        backend.write(values, objective.weights());
        SearchSettings curvatureOnly = DEFAULTS.withSensitivity(Sensitivity.CURVATURE);
        QuantizationPlan plan = Problems.plan(objective, curvatureOnly, BUDGETS.getFirst());
        QuantizationPlan.LayerPlan layer = plan.layers().get(4);
        assertThat(layer.bits()).isEqualTo(2);
        assertThat(layer.sensitivity()).isZero();
        assertThat(plan.steps().getFirst().moves()).extracting(BitMove::layer).contains(4);
    }

    @Test
    void weightsThatAreAllZeroStillGiveAPlan() {
        backend.write(new float[(int) LAYOUT.size()], objective.weights());
        assertThat(Problems.plan(objective, DEFAULTS, BUDGETS.getFirst()).compressionRatio())
                .isGreaterThanOrEqualTo(6);
    }

    @ParameterizedTest
    @ValueSource(ints = {0, 1, 2, 5})
    void aLossThatIsNoNumberStopsTheSearchAndRestoresTheWeights(int gradients) {
        float[] before = backend.read(objective.weights());
        objective.failAfter(gradients);
        assertThatThrownBy(() -> Problems.plan(objective, DEFAULTS, BUDGETS.getFirst()))
                .isInstanceOf(NonFiniteLossException.class)
                .hasMessageContaining("layer-0");
        assertThat(backend.read(objective.weights())).containsExactly(before);
    }

    @Test
    void weightsThatAreNoNumbersAreRefused() {
        float[] values = backend.read(objective.weights());
        values[(int) LAYOUT.layer(3).offset()] = Float.NaN;
        backend.write(values, objective.weights());
        assertThatThrownBy(() -> Problems.plan(objective, DEFAULTS, BUDGETS.getFirst()))
                .isInstanceOf(InvalidInputException.class)
                .hasMessageContaining("layer-3");
    }

    @ParameterizedTest
    @ValueSource(longs = {1, 2, 3})
    void aLossThatBendsDownIsDampedAndStillSearched(long seed) {
        double[] curvatures = {3, -0.4, 1, -8, 0.2, 2};
        ParameterLayout layout = Problems.layout(6);
        double[][] hessian = QuadraticObjective.hessian(layout, curvatures, 0.2, seed);
        try (QuadraticObjective saddle =
                new QuadraticObjective(backend, layout, Problems.gaussian(layout, seed), hessian, 0.5)) {
            QuantizationPlan plan = Problems.plan(saddle, DEFAULTS.withLayersPerStep(3), new Budget.MeanBits(3));
            assertThat(plan.steps()).as("seed %d", seed).anyMatch(SearchStep::damped);
            assertThat(plan.steps())
                    .flatExtracting(SearchStep::moves)
                    .allSatisfy(d -> assertThat(d.curvatureTerm()).isPositive().isFinite());
            assertThat(plan.layers())
                    .allSatisfy(layer -> assertThat(layer.curvature()).isPositive());
        }
    }

    @Test
    void aLayerThatBendsDownIsNoCheaperThanAHundredthOfTheOthersMedian() {
        ParameterLayout layout = Problems.layout(6);
        double[][] hessian = QuadraticObjective.hessian(layout, new double[] {3, -0.4, 1, -8, 0.2, 2}, 0, SEED);
        try (QuadraticObjective saddle =
                new QuadraticObjective(backend, layout, Problems.gaussian(layout, SEED), hessian, 0)) {
            QuantizationPlan plan = Problems.plan(saddle, Problems.exact(), new Budget.MeanBits(3));
            for (int l : new int[] {1, 3}) {
                assertThat(plan.layers().get(l).bits()).isLessThan(8);
                // A hundredth of 2, the upper median of 0.2, 1, 2 and 3, each a secant of float gradients.
                assertThat(plan.layers().get(l).curvature()).isCloseTo(0.02, within(1e-5));
            }
        }
    }

    @Test
    void twoHundredStepsHoldNoMoreThanTheirMemory() {
        ParameterLayout layout = Problems.layout(40);
        try (SoftplusObjective large = new SoftplusObjective(backend, layout, SEED)) {
            int before = backend.open();
            SearchSettings settings = DEFAULTS.withLayersPerStep(1);
            QuantizationPlan plan = Problems.plan(large, settings, new Budget.MeanBits(2));
            assertThat(plan.steps()).hasSize(200);
            assertThat(backend.open()).isEqualTo(before);
            // Float weights, gradient and 6 scale vectors; 10 pairs; the new pair, one vector to damp it, a gradient to
            // go back to.
            assertThat(backend.mostOpen()).isLessThanOrEqualTo(before + 8 + 20 + 4);
        }
    }

    @Test
    void everyStepIsHeardWithTheShareOfTheWay() {
        List<Double> shares = new ArrayList<>();
        List<SearchStep> heard = new ArrayList<>();
        QuantizationPlan plan = new MixedPrecisionSearch(objective, DEFAULTS, Problems.PROVENANCE, (step, share) -> {
                    heard.add(step);
                    shares.add(share);
                })
                .run(List.of(BUDGETS.getFirst()))
                .getFirst();
        // The last step is a branch's, not one of the way down.
        assertThat(heard).isEqualTo(plan.steps().subList(0, plan.steps().size() - 1));
        assertThat(shares).isSorted().allMatch(share -> share > 0 && share < 1);
    }

    @Test
    void aSearchCanBeInterruptedBetweenSteps() {
        float[] before = backend.read(objective.weights());
        MixedPrecisionSearch search = new MixedPrecisionSearch(
                objective,
                DEFAULTS,
                Problems.PROVENANCE,
                (step, share) -> Thread.currentThread().interrupt());
        assertThatThrownBy(() -> search.run(List.of(BUDGETS.getFirst())))
                .isInstanceOf(CancellationException.class)
                .hasMessageContaining("after 1 steps");
        assertThat(Thread.interrupted()).isTrue();
        assertThat(backend.read(objective.weights())).containsExactly(before);
    }
}
