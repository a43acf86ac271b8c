package dev.dhmq.search;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.dhmq.InvalidInputException;
import dev.dhmq.tensor.ParameterLayout;
import dev.dhmq.tensor.ReferenceBackend;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Several budgets along one trajectory. */
class BudgetOrderTest {
    private static final long SEED = 64;
    private static final ParameterLayout LAYOUT = Problems.layout(9);
    private static final List<Budget> MIXED =
            List.of(new Budget.MeanBits(5.5), new Budget.Bytes(380), new Budget.CompressionRatio(6.5));

    @Test
    void anyOrderOfBudgetsOfAnyKindGivesEachTheSamePlan() {
        List<QuantizationPlan> expected = run(MIXED);
        for (int l = 0; l < MIXED.size(); l++) {
            int[] bits = expected.get(l).assignment().over(LAYOUT);
            assertThat(MIXED.get(l).metBy(LAYOUT, bits)).isTrue();
        }
        assertThat(expected).extracting(QuantizationPlan::bytes).doesNotHaveDuplicates();
        for (int[] order : new int[][] {{0, 2, 1}, {1, 0, 2}, {1, 2, 0}, {2, 0, 1}, {2, 1, 0}}) {
            List<Budget> shuffled = new ArrayList<>();
            for (int i : order) {
                shuffled.add(MIXED.get(i));
            }
            List<QuantizationPlan> plans = run(shuffled);
            for (int i = 0; i < order.length; i++) {
                assertThat(plans.get(i)).as("seed %d", SEED).isEqualTo(expected.get(order[i]));
            }
        }
    }

    @Test
    void aBudgetAskedForTwiceIsMetTwiceAtOnePlace() {
        List<QuantizationPlan> plans = run(List.of(MIXED.get(2), MIXED.get(0), MIXED.get(2)));
        assertThat(plans.get(0)).isEqualTo(plans.get(2));
    }

    @Test
    void oneBudgetOutOfReachIsRefusedBeforeAnyWork() {
        try (ReferenceBackend backend = new ReferenceBackend();
                SoftplusObjective objective = new SoftplusObjective(backend, LAYOUT, SEED)) {
            objective.failAfter(0); // a gradient would be another exception
            assertThatThrownBy(() -> Problems.search(objective, SearchSettings.defaults())
                            .run(List.of(MIXED.get(0), new Budget.CompressionRatio(40))))
                    .isInstanceOf(InvalidInputException.class)
                    .hasMessageContaining("a compression ratio of 40");
        }
    }

    @ParameterizedTest
    @ValueSource(doubles = {0.5, Double.NaN, Double.POSITIVE_INFINITY, -3})
    void ratiosThatAreNoneAreRefused(double ratio) {
        assertThatThrownBy(() -> new Budget.CompressionRatio(ratio)).isInstanceOf(IllegalArgumentException.class);
    }

    @ParameterizedTest
    @ValueSource(doubles = {0, Double.NaN, Double.POSITIVE_INFINITY, -3})
    void meansThatAreNoneAreRefused(double bits) {
        assertThatThrownBy(() -> new Budget.MeanBits(bits)).isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> new Budget.Bytes(0)).isInstanceOf(IllegalArgumentException.class);
    }

    private static List<QuantizationPlan> run(List<Budget> budgets) {
        try (ReferenceBackend backend = new ReferenceBackend();
                SoftplusObjective objective = new SoftplusObjective(backend, LAYOUT, SEED)) {
            return Problems.search(objective, SearchSettings.defaults()).run(budgets);
        }
    }
}
