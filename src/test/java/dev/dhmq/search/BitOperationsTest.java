package dev.dhmq.search;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import dev.dhmq.InvalidInputException;
import dev.dhmq.tensor.Backend;
import dev.dhmq.tensor.ParameterLayout;
import dev.dhmq.tensor.ReferenceBackend;
import java.util.List;
import java.util.stream.IntStream;
import java.util.stream.LongStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Budgets of bit operations. */
class BitOperationsTest {
    private static final long SEED = 5;
    private static final ParameterLayout LAYOUT = Problems.layout(8);

    /** The first layers, which have no more weights than the last, do most of the work. */
    private static final List<Long> MACS = LongStream.of(90_000, 80_000, 70_000, 60_000, 500, 400, 300, 200)
            .boxed()
            .toList();

    @Test
    void operationsAreMacsTimesBitsOfWeightsAndActivations() {
        Budget.BitOperations budget = new Budget.BitOperations(1, List.of(3L, 5L), 8);
        assertThat(budget.of(new int[] {4, Backend.SKIP})).isEqualTo(3 * 4 * 8 + 5 * 32 * 8);
    }

    @Test
    void thePlanMeetsTheBudgetWhereTheWorkIs() {
        Budget.BitOperations operations = halfOfEightBits();
        QuantizationPlan plan = plan(List.of(operations)).getFirst();
        int[] bits = plan.assignment().over(LAYOUT);
        assertThat(operations.metBy(LAYOUT, bits)).isTrue();
        // A plan of as many bytes that counts bytes leaves more bit operations.
        int[] forBytes = plan(List.of(new Budget.Bytes(plan.bytes())))
                .getFirst()
                .assignment()
                .over(LAYOUT);
        assertThat(operations.of(bits)).isLessThan(operations.of(forBytes));
    }

    @Test
    void downgradesSaveBitOperations() {
        for (SearchStep step : plan(List.of(halfOfEightBits())).getFirst().steps()) {
            for (BitMove downgrade : step.moves()) {
                assertThat(downgrade.savedBits())
                        .isCloseTo(
                                8.0 * MACS.get(downgrade.layer()) * (downgrade.from() - downgrade.to()), within(1e-9));
            }
        }
    }

    @Test
    void oneSearchCountsOneThing() {
        assertThatThrownBy(() -> plan(List.of(halfOfEightBits(), new Budget.CompressionRatio(6))))
                .isInstanceOf(InvalidInputException.class)
                .hasMessageContainingAll("billion bit operations", "a compression ratio of 6.0", "each by itself");
    }

    @Test
    void whatCannotBeReachedIsRefused() {
        assertThatThrownBy(() -> plan(List.of(new Budget.BitOperations(1000, MACS, 8))))
                .isInstanceOf(InvalidInputException.class)
                .hasMessageContainingAll("1.00000e-06 billion bit operations an image", "with every layer at 2 bits");
    }

    @ParameterizedTest
    @ValueSource(doubles = {0, Double.NaN, Double.POSITIVE_INFINITY, -3})
    void operationsThatAreNoneAreRefused(double most) {
        assertThatThrownBy(() -> new Budget.BitOperations(most, MACS, 8)).isInstanceOf(IllegalArgumentException.class);
    }

    private static Budget.BitOperations halfOfEightBits() {
        int[] eight = IntStream.generate(() -> 8).limit(MACS.size()).toArray();
        double all = new Budget.BitOperations(1, MACS, 8).of(eight);
        return new Budget.BitOperations(all / 2, MACS, 8);
    }

    private static List<QuantizationPlan> plan(List<Budget> budgets) {
        try (ReferenceBackend backend = new ReferenceBackend();
                SoftplusObjective objective = new SoftplusObjective(backend, LAYOUT, SEED)) {
            return Problems.search(objective, SearchSettings.defaults().withLayersPerStep(1))
                    .run(budgets);
        }
    }
}
