package dev.dhmq.search;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import dev.dhmq.InvalidInputException;
import dev.dhmq.quant.ActivationHistogram;
import dev.dhmq.quant.ActivationQuantization;
import dev.dhmq.quant.ActivationSite;
import dev.dhmq.quant.AffineQuantization;
import dev.dhmq.quant.BitWidths;
import dev.dhmq.quant.ObservedActivation;
import dev.dhmq.quant.RangeMethod;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.CancellationException;
import org.junit.jupiter.api.Test;

class ActivationSearchTest {
    /** Layer 0 is excluded, layer 1 pinned. */
    private static final QuantizationPlan PLAN = Problems.samplePlan();

    private static final RangeMethod RANGE = new RangeMethod.MinMax();

    /** The loss is a weighted sum of the activations' squared errors: what the search takes it for. */
    private static final class Errors implements ActivationObjective {
        private final List<ObservedActivation> activations = new ArrayList<>();
        private final List<List<ActivationQuantization>> asked = new ArrayList<>();
        private final double[] factors;

        /** @param factors of each activation's error; the sensitive ones have large factors */
        Errors(double... factors) {
            this.factors = factors;
            Random random = new Random(5);
            for (int a = 0; a < factors.length; a++) {
                float[] values = new float[300];
                for (int i = 0; i < values.length; i++) {
                    values[i] = (float) random.nextGaussian();
                }
                activations.add(new ObservedActivation(
                        "layer-" + a, ActivationSite.INPUT, 100L * (1 + a % 3), ActivationHistogram.of(values)));
            }
            for (int a = 0; a < 2; a++) { // a result of an excluded layer, and one of another
                ActivationHistogram values = activations.get(a).histogram();
                activations.add(new ObservedActivation("layer-" + a, ActivationSite.RESULT, 1000, values));
            }
        }

        @Override
        public List<ObservedActivation> activations() {
            return activations;
        }

        private static List<ActivationQuantization> inputs(List<ActivationQuantization> quantized) {
            return quantized.stream()
                    .filter(each -> each.site() == ActivationSite.INPUT)
                    .toList();
        }

        double change(String layer, AffineQuantization quantizer) {
            for (int a = 0; a < factors.length; a++) {
                if (activations.get(a).layer().equals(layer)) {
                    return factors[a] * activations.get(a).histogram().squaredError(quantizer);
                }
            }
            throw new AssertionError(layer);
        }

        @Override
        public TaskLosses loss(List<ActivationQuantization> quantized) {
            asked.add(quantized);
            double sum = 1;
            for (ActivationQuantization each : inputs(quantized)) {
                sum += change(each.layer(), each.quantizer());
            }
            return new TaskLosses(sum / PLAN.taskWeights().classification(), 0);
        }
    }

    private static ActivationPlan run(ActivationObjective objective, ActivationBits bits) {
        return new ActivationSearch(objective, PLAN, bits, RANGE, ActivationSearch.Listener.NONE).run();
    }

    private static ActivationBits.Mixed mixed(double mean) {
        return new ActivationBits.Mixed(BitWidths.of(3, 4, 6, 8), mean);
    }

    @Test
    void fixedBitsAreThoseOfEveryActivationButExcludedOnes() {
        Errors errors = new Errors(1, 1, 1, 1, 1, 1, 1, 1);
        ActivationPlan plan = run(errors, new ActivationBits.Fixed(6));

        assertThat(plan.activations())
                .hasSize(7)
                .allMatch(entry -> entry.quantizer().bits() == 6);
        assertThat(plan.activations().getFirst().layer()).isEqualTo("layer-1");
        assertThat(plan.lossEvaluations()).isEqualTo(2);
        // 100 elements of 1500 stay in float32.
        assertThat(plan.meanBits()).isCloseTo((100 * 32 + 1400 * 6) / 1500.0, within(1e-12));
        assertThat(plan.measured())
                .isCloseTo(plan.losses().classification() - plan.weightsOnly().classification(), within(1e-12));
        assertThat(plan.quantizations()).containsExactlyElementsOf(errors.asked.getLast());
    }

    @Test
    void whereTheLossIsWhatItIsTakenForThePredictionIsTheMeasurement() {
        ActivationPlan plan = run(new Errors(1, 2, 3, 40, 0.5, 6, 70, 8), mixed(7));

        assertThat(plan.meanBits()).isLessThanOrEqualTo(7);
        assertThat(plan.predicted()).isCloseTo(plan.measured(), within(1e-9 * plan.measured()));
        assertThat(plan.lossEvaluations()).isEqualTo(1 + 7 + 1);
    }

    @Test
    void eachProbeQuantizesOneActivationAlone() {
        Errors errors = new Errors(1, 1, 1, 1, 1, 1, 1, 1);
        run(errors, mixed(7));

        assertThat(errors.asked.getFirst()).isEmpty();
        for (int a = 1; a <= 7; a++) {
            assertThat(errors.asked.get(a)).hasSize(1);
            assertThat(errors.asked.get(a).getFirst().layer()).isEqualTo("layer-" + a);
        }
    }

    @Test
    void resultsOfLayersThatAreNotExcludedHaveEightBitsWhateverInputsHave() {
        for (ActivationBits bits : List.of(new ActivationBits.Fixed(3), mixed(7))) {
            Errors errors = new Errors(1, 1, 1, 1, 1, 1, 1, 1);
            ActivationPlan plan = run(errors, bits);

            ObservedActivation result = errors.activations.getLast();
            assertThat(result.site()).isEqualTo(ActivationSite.RESULT);
            assertThat(plan.results()).containsExactly(result.quantized(8, RANGE));
            assertThat(errors.asked.getLast()).contains(result.quantized(8, RANGE));
            assertThat(errors.asked.subList(0, errors.asked.size() - 1))
                    .allMatch(asked -> asked.equals(Errors.inputs(asked)));
        }
    }

    @Test
    void sensitiveActivationsKeepTheirBitsAndPinnedOnesTheirHighest() {
        ActivationPlan plan = run(new Errors(1, 1e-6, 1, 1, 1000, 1, 1, 1), mixed(6.5));

        assertThat(bits(plan, "layer-1")).isEqualTo(8);
        assertThat(bits(plan, "layer-4")).isEqualTo(8);
        assertThat(bits(plan, "layer-3")).isLessThan(8);
    }

    @Test
    void noOtherSwapOfOneStepIsCheaperAtTheSameMean() {
        Errors errors = new Errors(1, 2, 3, 40, 0.5, 6, 70, 8);
        ActivationPlan plan = run(errors, mixed(6.9));
        double found = plan.measured();
        ActivationPlan wider = run(errors, mixed(7.4));
        assertThat(wider.measured()).isLessThan(found);
        ActivationPlan uniform = run(errors, new ActivationBits.Fixed(4));
        assertThat(found).isLessThan(uniform.measured());
    }

    @Test
    void changesThatAreNegativeOrZeroAreNotTakenForFree() {
        ActivationPlan plan = run(new Errors(1, 1, -5, 3, 0, 2, 1, 1), mixed(7.5));

        assertThat(plan.activations()).allMatch(entry -> entry.sensitivity() > 0);
        assertThat(plan.predicted()).isPositive();
    }

    @Test
    void theSameGivesTheSame() {
        assertThat(run(new Errors(1, 2, 2, 2, 1, 1, 3, 3), mixed(6.8)))
                .isEqualTo(run(new Errors(1, 2, 2, 2, 1, 1, 3, 3), mixed(6.8)));
    }

    @Test
    void aMeanThatCannotBeMetSaysWhatCan() {
        assertThatThrownBy(() -> run(new Errors(1, 1, 1, 1, 1, 1, 1, 1), mixed(4)))
                .isInstanceOf(InvalidInputException.class)
                .hasMessageContaining("cannot have 4.0 bits on average")
                .hasMessageContaining("at 3 bits");
    }

    @Test
    void anInterruptionEndsTheSearchBetweenTwoMeasurements() {
        ActivationSearch search =
                new ActivationSearch(new Errors(1, 1, 1, 1, 1, 1, 1, 1), PLAN, mixed(7), RANGE, (done, _) -> {
                    if (done == 2) {
                        Thread.currentThread().interrupt();
                    }
                });
        assertThatThrownBy(search::run)
                .isInstanceOf(CancellationException.class)
                .hasMessageContaining("2 activations");
        assertThat(Thread.interrupted()).isTrue();
    }

    private static int bits(ActivationPlan plan, String layer) {
        return plan.activations().stream()
                .filter(entry -> entry.layer().equals(layer))
                .mapToInt(entry -> entry.quantizer().bits())
                .findFirst()
                .orElseThrow();
    }
}
