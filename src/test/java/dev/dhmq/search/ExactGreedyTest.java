package dev.dhmq.search;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dev.dhmq.quant.WeightQuantizer;
import dev.dhmq.tensor.Backend;
import dev.dhmq.tensor.CountingBackend;
import dev.dhmq.tensor.ParameterLayout;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * On quadratics whose layers' blocks are multiples of the identity, gradient and block-scalar B0 predict a downgrade exactly;
 * so the search must choose what trying every downgrade out chooses.
 */
class ExactGreedyTest {
    private static final ParameterLayout LAYOUT = Problems.layout(6);
    private static final double[] CURVATURES = {3, 0.4, 1, 8, 0.2, 2};
    private static final Budget BUDGET = new Budget.MeanBits(3);

    private final CountingBackend backend = new CountingBackend();

    @ParameterizedTest
    @EnumSource(SelectionRule.class)
    void withoutCouplingTheOrderIsThatOfBruteForce(SelectionRule rule) {
        SearchSettings settings = Problems.exact().withRule(rule);
        assertThat(moves(coupled(0, 11), settings)).isEqualTo(bruteForce(coupled(0, 11), settings));
    }

    @ParameterizedTest
    @ValueSource(longs = {21, 22, 23, 24})
    void withCouplingTheGradientKeepsTheOrderExact(long seed) {
        SearchSettings settings = Problems.exact().withSensitivity(Sensitivity.CURVATURE_AND_GRADIENT);
        assertThat(moves(coupled(0.4, seed), settings))
                .as("seed %d", seed)
                .isEqualTo(bruteForce(coupled(0.4, seed), settings));
    }

    @ParameterizedTest
    @ValueSource(longs = {21, 22, 23, 24})
    void withCouplingCurvatureAloneChoosesWorse(long seed) {
        SearchSettings settings = Problems.exact().withSensitivity(Sensitivity.CURVATURE);
        List<String> chosen = moves(coupled(0.4, seed), settings);
        List<String> best = bruteForce(coupled(0.4, seed), settings);
        assertThat(chosen).as("seed %d", seed).isNotEqualTo(best);
    }

    @ParameterizedTest
    @CsvSource({"0, 31, CURVATURE_AND_GRADIENT", "0.4, 32, CURVATURE_AND_GRADIENT", "0, 33, CURVATURE_AND_HALF_GRADIENT"
    })
    void predictedChangesAreTheMeasuredOnes(double coupling, long seed, Sensitivity sensitivity) {
        try (QuadraticObjective objective = coupled(coupling, seed)) {
            QuantizationPlan plan = Problems.plan(objective, Problems.exact().withSensitivity(sensitivity), BUDGET);
            double largest = plan.steps().stream()
                    .mapToDouble(s -> Math.abs(s.measured()))
                    .max()
                    .orElse(0);
            for (SearchStep step : plan.steps()) {
                // Gradients and weights are floats; the loss is double.
                assertThat(step.predicted())
                        .as("seed %d, step %d", seed, step.number())
                        .isCloseTo(step.measured(), within(1e-4 * largest));
            }
        }
    }

    @ParameterizedTest
    @ValueSource(longs = {41, 42})
    void pairsOfAnExactStartChangeNoPrediction(long seed) {
        // Without coupling y = B0 s, so every BFGS update leaves B as it is.
        try (QuadraticObjective objective = coupled(0, seed)) {
            QuantizationPlan without = Problems.plan(objective, Problems.exact(), BUDGET);
            QuantizationPlan with = Problems.plan(objective, Problems.exact().withMemory(10), BUDGET);
            assertThat(with.assignment()).isEqualTo(without.assignment());
            for (int k = 0; k < without.steps().size(); k++) {
                double expected = without.steps().get(k).predicted();
                assertThat(with.steps().get(k).predicted())
                        .as("seed %d, step %d", seed, k + 1)
                        .isCloseTo(expected, within(1e-3 * Math.abs(expected)));
            }
        }
    }

    @ParameterizedTest
    @ValueSource(longs = {51, 52})
    void aLayerThatMovedAloneHasTheCurvatureItMet(long seed) {
        // The joint secant mixes the layers up; the first move of a layer puts its own curvature right.
        SearchSettings settings = Problems.exact().withStart(new CurvatureStart.JointSecant(SearchSettings.PROBE_BITS));
        try (QuadraticObjective objective = coupled(0.4, seed)) {
            QuantizationPlan plan = Problems.plan(objective, settings, new Budget.MeanBits(5));
            for (int l = 0; l < CURVATURES.length; l++) {
                // Equal task weights add half of the loss as the regression part.
                double expected = 1.5 * CURVATURES[l];
                if (plan.layers().get(l).bits() < 8) {
                    // s.y of float vectors over s.s: a secant divides their small differences.
                    assertThat(plan.layers().get(l).curvature())
                            .as("seed %d, layer %d", seed, l)
                            .isCloseTo(expected, within(1e-3 * expected));
                }
            }
            assertThat(plan.layers()).filteredOn(layer -> layer.bits() < 8).hasSizeGreaterThan(2);
        }
    }

    @ParameterizedTest
    @ValueSource(longs = {61, 62})
    void pairsOfCoupledLayersReachLaterPredictions(long seed) {
        try (QuadraticObjective objective = coupled(0.4, seed)) {
            List<SearchStep> without =
                    Problems.plan(objective, Problems.exact(), BUDGET).steps();
            List<SearchStep> with = Problems.plan(objective, Problems.exact().withMemory(10), BUDGET)
                    .steps();
            assertThat(with.getFirst()).isEqualTo(without.getFirst());
            assertThat(with.get(1).predicted())
                    .as("seed %d", seed)
                    .isNotEqualTo(without.get(1).predicted());
        }
    }

    private QuadraticObjective coupled(double coupling, long seed) {
        double[][] hessian = QuadraticObjective.hessian(LAYOUT, CURVATURES, coupling, seed);
        return new QuadraticObjective(backend, LAYOUT, Problems.gaussian(LAYOUT, seed + 100), hessian, 0.5);
    }

    private static List<String> moves(QuadraticObjective objective, SearchSettings settings) {
        try (objective) {
            return Problems.plan(objective, settings, BUDGET).steps().stream()
                    .map(step -> step.moves().getFirst())
                    .map(d -> d.layer() + ": " + d.from() + " to " + d.to())
                    .toList();
        }
    }

    /** Tries every downgrade out and keeps the best by its measured loss change. */
    private static List<String> bruteForce(QuadraticObjective objective, SearchSettings settings) {
        Backend backend = objective.backend();
        int[] bits = new int[LAYOUT.layers().size()];
        Arrays.fill(bits, settings.candidates().highest());
        List<String> moves = new ArrayList<>();
        try (objective;
                WeightQuantizer quantizer =
                        new WeightQuantizer(backend, LAYOUT, objective.weights(), settings.candidates())) {
            while (!BUDGET.metBy(LAYOUT, bits)) {
                double before = loss(objective, quantizer, bits);
                int best = -1;
                int finishing = -1;
                double least = Double.POSITIVE_INFINITY;
                double leastFinishing = Double.POSITIVE_INFINITY;
                for (int l = 0; l < bits.length; l++) {
                    int from = bits[l];
                    int to = settings.candidates().below(from);
                    if (to == 0) {
                        continue;
                    }
                    bits[l] = to;
                    double change = loss(objective, quantizer, bits) - before;
                    if (BUDGET.metBy(LAYOUT, bits) && change < leastFinishing) {
                        leastFinishing = change;
                        finishing = l;
                    }
                    bits[l] = from;
                    boolean perBit = settings.rule() == SelectionRule.LOWEST_SENSITIVITY_PER_SAVED_BIT;
                    double key = perBit ? change / (LAYOUT.layer(l).size() * (from - to)) : change;
                    if (key < least) {
                        least = key;
                        best = l;
                    }
                }
                if (meetsAfter(bits, best, settings)) {
                    best = finishing; // of the moves that end the search, the one that costs least
                }
                int to = settings.candidates().below(bits[best]);
                moves.add(best + ": " + bits[best] + " to " + to);
                bits[best] = to;
            }
        }
        return moves;
    }

    private static boolean meetsAfter(int[] bits, int layer, SearchSettings settings) {
        int[] after = bits.clone();
        after[layer] = settings.candidates().below(bits[layer]);
        return BUDGET.metBy(LAYOUT, after);
    }

    private static double loss(QuadraticObjective objective, WeightQuantizer quantizer, int[] bits) {
        quantizer.quantize(bits, objective.weights());
        return objective.loss().weighted(TaskWeights.EQUAL);
    }
}
