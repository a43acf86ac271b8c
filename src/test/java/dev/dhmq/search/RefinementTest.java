package dev.dhmq.search;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dev.dhmq.tensor.CountingBackend;
import dev.dhmq.tensor.ParameterLayout;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** What is missing without a part of the Hessian; for damping see {@link SearchJournalTest}. */
class RefinementTest {
    private static final long SEED = 1009;
    private static final Budget BUDGET = new Budget.CompressionRatio(6);

    private final CountingBackend backend = new CountingBackend();
    private final SoftplusObjective objective = new SoftplusObjective(backend, Problems.layout(12), SEED);

    @AfterEach
    void nothingIsLeftOpen() {
        objective.close();
        assertThat(backend.open()).isZero();
    }

    @Test
    void withoutTheFloorALayerThatBendsDownCountsAsFlat() {
        ParameterLayout layout = Problems.layout(6);
        double[][] hessian = QuadraticObjective.hessian(layout, new double[] {3, -0.4, 1, -8, 0.2, 2}, 0, SEED);
        try (QuadraticObjective saddle =
                new QuadraticObjective(backend, layout, Problems.gaussian(layout, SEED), hessian, 0)) {
            QuantizationPlan plan =
                    Problems.plan(saddle, Problems.exact().without(Set.of(Refinement.FLOOR)), new Budget.MeanBits(3));
            assertThat(plan.layers().get(1).curvature()).isCloseTo(2e-6, within(1e-9));
        }
    }

    @Test
    void withoutRefreshCurvaturesStayWhatTheStartHasFound() {
        SearchSettings still = SearchSettings.defaults().without(Set.of(Refinement.REFRESH));
        List<QuantizationPlan.LayerPlan> layers =
                Problems.plan(objective, still, BUDGET).layers();
        CurvatureFloor floor = CurvatureFloor.of(
                layers.stream().mapToDouble(layer -> layer.starting().mean()).toArray());
        assertThat(layers)
                .allSatisfy(layer -> assertThat(layer.curvature())
                        .isEqualTo(floor.lift(layer.starting().mean())));
        assertThat(Problems.plan(objective, SearchSettings.defaults(), BUDGET).layers())
                .anyMatch(layer ->
                        layer.curvature() != floor.lift(layer.starting().mean()));
    }
}
