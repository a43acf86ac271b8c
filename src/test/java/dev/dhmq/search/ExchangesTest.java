package dev.dhmq.search;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import dev.dhmq.tensor.CountingBackend;
import dev.dhmq.tensor.ParameterLayout;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class ExchangesTest {
    private static final ParameterLayout LAYOUT = Problems.layout(12);
    private static final Budget BUDGET = new Budget.CompressionRatio(5.5);
    private static final int MANY = 1000;

    /** Ways down that leave something to exchange. */
    private static final SearchSettings SETTINGS =
            SearchSettings.defaults().withSensitivity(Sensitivity.CURVATURE_AND_GRADIENT);

    private final CountingBackend backend = new CountingBackend();

    @AfterEach
    void everyVectorIsClosed() {
        assertThat(backend.open()).isZero();
    }

    /** Layers that feel each other: what was cheap when it was chosen need not be at the end. */
    private QuantizationPlan plan(long seed, SearchSettings settings) {
        double[] curvatures = new double[12];
        Arrays.setAll(curvatures, l -> 1 + (7L * l + seed) % 5);
        double[][] hessian = QuadraticObjective.hessian(LAYOUT, curvatures, 0.2, seed);
        try (QuadraticObjective coupled =
                new QuadraticObjective(backend, LAYOUT, Problems.gaussian(LAYOUT, seed), hessian, 0.5)) {
            return Problems.plan(coupled, settings, BUDGET);
        }
    }

    private static double loss(QuantizationPlan plan) {
        return plan.losses().weighted(plan.taskWeights());
    }

    @ParameterizedTest
    @ValueSource(longs = {1, 2, 3})
    void theyLowerTheLossWithinTheBudget(long seed) {
        QuantizationPlan greedy = plan(seed, SETTINGS);
        QuantizationPlan exchanged = plan(seed, SETTINGS.withExchanges(MANY));
        List<SearchStep> tried = exchanged
                .steps()
                .subList(greedy.steps().size(), exchanged.steps().size());
        assertThat(exchanged.steps()).startsWith(greedy.steps().toArray(SearchStep[]::new));
        assertThat(tried).as("seed %d", seed).anyMatch(SearchStep::accepted);
        assertThat(exchanged.cost().gradients()).isEqualTo(greedy.cost().gradients() + tried.size());
        double fell = tried.stream()
                .filter(SearchStep::accepted)
                .mapToDouble(SearchStep::measured)
                .sum();
        assertThat(fell).isNegative();
        assertThat(loss(exchanged)).isCloseTo(loss(greedy) + fell, within(1e-9));
        assertThat(BUDGET.metBy(LAYOUT, exchanged.assignment().over(LAYOUT))).isTrue();
        assertThat(tried).allSatisfy(step -> {
            assertThat(step.predicted()).isNegative();
            assertThat(step.accepted()).isEqualTo(step.measured() < 0);
            assertThat(step.moves()).hasSizeBetween(1, 3);
            assertThat(step.moves().getFirst().to())
                    .isGreaterThan(step.moves().getFirst().from());
            assertThat(step.moves().subList(1, step.moves().size())).allMatch(move -> move.to() < move.from());
        });
    }

    @Test
    void theyArePredictedByTheWholeExpansion() {
        SearchSettings half = SearchSettings.defaults();
        assertThat(half.sensitivity()).isEqualTo(Sensitivity.CURVATURE_AND_HALF_GRADIENT);
        int before = plan(3, half).steps().size();
        List<SearchStep> steps = plan(3, half.withExchanges(MANY)).steps();
        assertThat(steps.subList(before, steps.size()))
                .isNotEmpty()
                .flatExtracting(SearchStep::moves)
                .allSatisfy(
                        move -> assertThat(move.sensitivity()).isEqualTo(move.gradientTerm() + move.curvatureTerm()));
        assertThat(steps.get(before - 1).moves())
                .allSatisfy(move ->
                        assertThat(move.sensitivity()).isNotEqualTo(move.gradientTerm() + move.curvatureTerm()));
    }

    @Test
    void whatWasRefusedIsNotTriedAgainBeforeSomethingElseHasStood() {
        for (long seed = 1; seed <= 5; seed++) {
            Set<String> refused = new HashSet<>();
            for (SearchStep step : plan(seed, SETTINGS.withExchanges(MANY)).steps()) {
                String moves = step.moves().stream()
                        .map(move -> move.layer() + ":" + move.to())
                        .sorted()
                        .toList()
                        .toString();
                assertThat(refused).as("seed %d, step %d", seed, step.number()).doesNotContain(moves);
                if (step.accepted()) {
                    refused.clear();
                } else {
                    refused.add(moves);
                }
            }
        }
    }

    @Test
    void noMoreAreTriedThanAllowedAndNoneMoveWhatIsPinned() {
        SearchSettings settings = SETTINGS.withPinned(List.of("layer-2")).withExcluded(List.of("layer-0"));
        int before = plan(3, settings).steps().size();
        assertThat(plan(3, settings.withExchanges(MANY)).steps()).hasSizeGreaterThan(before + 1);
        QuantizationPlan plan = plan(3, settings.withExchanges(1));
        assertThat(plan.steps()).hasSize(before + 1);
        assertThat(plan.steps())
                .flatExtracting(SearchStep::moves)
                .extracting(BitMove::name)
                .doesNotContain("layer-2", "layer-0");
        assertThatThrownBy(() -> settings.withExchanges(-1)).isInstanceOf(IllegalArgumentException.class);
    }

    /** The way down learns nothing from a branch, so other budgets' plans are what they are without it. */
    @Test
    void otherBudgetsPlansAreAsIfAlone() {
        SearchSettings settings = SETTINGS.withExchanges(3).withByTask(true);
        List<Budget> budgets = List.of(new Budget.MeanBits(5), BUDGET, new Budget.MeanBits(3));
        try (SoftplusObjective objective = new SoftplusObjective(backend, LAYOUT, 3)) {
            List<QuantizationPlan> together =
                    Problems.search(objective, settings).run(budgets);
            for (int i = 0; i < budgets.size(); i++) {
                assertThat(together.get(i)).isEqualTo(Problems.plan(objective, settings, budgets.get(i)));
            }
        }
    }
}
