package dev.dhmq.search.baseline;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import dev.dhmq.InvalidInputException;
import dev.dhmq.quant.BitWidths;
import dev.dhmq.quant.QuantizedSize;
import dev.dhmq.search.Budget;
import dev.dhmq.search.SearchSettings;
import dev.dhmq.tensor.ParameterLayout;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Choices by fixed prices, against counting through everything. */
class AllocatorsTest {
    private static final BitWidths CANDIDATES = BitWidths.of(2, 3, 5, 8);

    @ParameterizedTest
    @ValueSource(longs = {1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12})
    void theKnapsackIsTheBestOfAll(long seed) {
        Random random = new Random(seed);
        ParameterLayout layout = layout(random, 6);
        SearchSettings settings = seed % 3 == 0 ? settings().withPinned(List.of("layer-1")) : settings();
        // Costs that fall with the width, costs in any order, and costs with many ties.
        CostTable costs = costs(random, layout, (int) (seed % 3));
        for (Budget budget : budgets(layout, random)) {
            int[] chosen = new Knapsack().allocate(layout, settings, costs, budget);
            int[] best = exhaustive(layout, settings, costs, budget);
            assertThat(budget.metBy(layout, chosen)).isTrue();
            assertThat(costs.total(chosen))
                    .as("seed %d, %s", seed, budget.describe())
                    .isCloseTo(costs.total(best), within(1e-12));
        }
    }

    @ParameterizedTest
    @ValueSource(longs = {21, 22, 23})
    void theKnapsackOfManyLayersIsNeverDearerThanGreedy(long seed) {
        Random random = new Random(seed);
        ParameterLayout layout = layout(random, 80);
        SearchSettings settings = SearchSettings.defaults();
        CostTable costs = convex(random, layout, settings.candidates());
        boolean cheaper = false;
        for (double ratio : new double[] {5, 6.5, 8, 10}) {
            Budget budget = new Budget.CompressionRatio(ratio);
            int[] greedy = new Greedy().allocate(layout, settings, costs, budget);
            int[] exact = new Knapsack().allocate(layout, settings, costs, budget);
            assertThat(budget.metBy(layout, greedy)).isTrue();
            assertThat(budget.metBy(layout, exact)).isTrue();
            assertThat(costs.total(exact))
                    .as("seed %d, ratio %s", seed, ratio)
                    .isLessThanOrEqualTo(costs.total(greedy));
            assertThat(new Knapsack().allocate(layout, settings, costs, budget)).isEqualTo(exact);
            cheaper |= costs.total(exact) < costs.total(greedy);
        }
        assertThat(cheaper).isTrue();
    }

    @ParameterizedTest
    @MethodSource("allocators")
    void pinnedAndExcludedLayersKeepTheirBits(Allocator allocator) {
        Random random = new Random(5);
        ParameterLayout layout = layout(random, 6);
        SearchSettings settings = settings().withPinned(List.of("layer-2")).withExcluded(List.of("layer-4"));
        int[] bits = allocator.allocate(layout, settings, costs(random, layout, 0), new Budget.MeanBits(9));
        assertThat(bits[2]).isEqualTo(8);
        assertThat(bits[4]).isZero();
        assertThat(QuantizedSize.meanBits(layout, bits)).isLessThanOrEqualTo(9);
    }

    @ParameterizedTest
    @MethodSource("allocators")
    void aBudgetThatCannotBeMetIsRefusedAsASearchRefusesIt(Allocator allocator) {
        Random random = new Random(6);
        ParameterLayout layout = layout(random, 4);
        CostTable costs = costs(random, layout, 0);
        assertThatThrownBy(() -> allocator.allocate(layout, settings(), costs, new Budget.MeanBits(1.5)))
                .isInstanceOf(InvalidInputException.class)
                .hasMessageContaining("cannot reach 1.5 bits a weight on average")
                .hasMessageContaining("at 2 bits");
    }

    @ParameterizedTest
    @MethodSource("allocators")
    void aBudgetMetAtTheStartMovesOnlyWhatCostsLess(Allocator allocator) {
        Random random = new Random(7);
        ParameterLayout layout = layout(random, 5);
        int[] bits = allocator.allocate(layout, settings(), convex(random, layout, CANDIDATES), new Budget.MeanBits(8));
        assertThat(bits).containsOnly(8);
    }

    static List<Allocator> allocators() {
        return List.of(new Greedy(), new Knapsack());
    }

    @Test
    void greedyTakesTheCheapestSavedBitFirst() {
        ParameterLayout layout = ParameterLayout.of(
                List.of(new ParameterLayout.Shape("small", 1, 100), new ParameterLayout.Shape("large", 1, 400)));
        SearchSettings settings = SearchSettings.defaults().withCandidates(BitWidths.of(4, 8));
        // The large layer costs twice as much and saves four times as much.
        CostTable costs = new CostTable(BitWidths.of(4, 8), new double[][] {{1, 0}, {2, 0}});
        assertThat(new Greedy().allocate(layout, settings, costs, new Budget.MeanBits(4.9)))
                .containsExactly(8, 4);
        // Where the small one is enough it goes alone, as it costs less.
        assertThat(new Greedy().allocate(layout, settings, costs, new Budget.MeanBits(7.5)))
                .containsExactly(4, 8);
    }

    @Test
    void costsMustBeNumbersAndFitTheWidths() {
        assertThatThrownBy(() -> new CostTable(CANDIDATES, new double[][] {{1, 2, 3}}))
                .isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> new CostTable(BitWidths.of(4, 8), new double[][] {{1, Double.NaN}}))
                .isInstanceOf(IllegalArgumentException.class);
    }

    private static SearchSettings settings() {
        return SearchSettings.defaults().withCandidates(CANDIDATES);
    }

    private static ParameterLayout layout(Random random, int layers) {
        List<ParameterLayout.Shape> shapes = new ArrayList<>();
        for (int l = 0; l < layers; l++) {
            shapes.add(new ParameterLayout.Shape("layer-" + l, 1 + random.nextInt(4), 40 + random.nextInt(500)));
        }
        return ParameterLayout.of(shapes);
    }

    private static CostTable costs(Random random, ParameterLayout layout, int kind) {
        double[][] costs =
                new double[layout.layers().size()][CANDIDATES.widths().size()];
        for (double[] row : costs) {
            for (int k = 0; k < row.length; k++) {
                row[k] = kind == 2 ? random.nextInt(3) : random.nextGaussian();
            }
        }
        return kind == 0 ? convex(random, layout, CANDIDATES) : new CostTable(CANDIDATES, costs);
    }

    /** Costs as squared errors fall: by a quarter a bit, from a size of the layer's own. */
    private static CostTable convex(Random random, ParameterLayout layout, BitWidths candidates) {
        double[][] costs =
                new double[layout.layers().size()][candidates.widths().size()];
        for (double[] row : costs) {
            double size = Math.exp(2 * random.nextGaussian());
            for (int k = 0; k < row.length; k++) {
                row[k] = size * Math.pow(0.25, candidates.widths().get(k)) * (1 + 0.1 * random.nextDouble());
            }
        }
        return new CostTable(candidates, costs);
    }

    private static List<Budget> budgets(ParameterLayout layout, Random random) {
        double mean = 3.2 + 4 * random.nextDouble();
        return List.of(
                new Budget.MeanBits(mean),
                new Budget.CompressionRatio(3.9 + random.nextDouble()),
                new Budget.Bytes((long) (layout.size() * (mean + 1.5) / 8)),
                bitOperations(layout, random, mean + 1.5));
    }

    /** Of layers that work hard for few weights and the other way round. */
    private static Budget bitOperations(ParameterLayout layout, Random random, double meanBits) {
        List<Long> macs = layout.layers().stream()
                .map(layer -> layer.size() * (1 + random.nextInt(3)))
                .toList();
        double all = macs.stream().mapToLong(Long::longValue).sum();
        return new Budget.BitOperations(8 * meanBits * all, macs, 8);
    }

    private static int[] exhaustive(ParameterLayout layout, SearchSettings settings, CostTable costs, Budget budget) {
        int layers = layout.layers().size();
        int widths = CANDIDATES.widths().size();
        int[] best = {};
        for (int code = 0; code < Math.pow(widths, layers); code++) {
            int[] bits = new int[layers];
            int rest = code;
            for (int l = 0; l < layers; l++) {
                bits[l] = CANDIDATES.widths().get(rest % widths);
                rest /= widths;
            }
            boolean allowed = settings.pinned().isEmpty() || bits[1] == 8;
            // What a pinned layer costs cannot be chosen, and is the same in all that are compared.
            if (allowed && budget.metBy(layout, bits) && (best.length == 0 || costs.total(bits) < costs.total(best))) {
                best = bits;
            }
        }
        return best;
    }
}
