package dev.dhmq.model.box;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;

class BalancedSamplerTest {
    @Test
    void positivesAreLimitedAndNegativesFillUp() {
        BalancedSampler sampler = new BalancedSampler(16, 0.25);
        SplittableRandom random = new SplittableRandom(1);

        BalancedSampler.Chosen many = sampler.draw(10, 100, random);
        assertThat(many.positives()).hasSize(4).isSorted().doesNotHaveDuplicates();
        assertThat(many.negatives()).hasSize(12).isSorted().doesNotHaveDuplicates();
        BalancedSampler.Chosen few = sampler.draw(1, 100, random);
        assertThat(few.positives()).containsExactly(0);
        assertThat(few.negatives()).hasSize(15);
        BalancedSampler.Chosen scarce = sampler.draw(10, 3, random);
        assertThat(scarce.positives()).hasSize(4);
        assertThat(scarce.negatives()).containsExactly(0, 1, 2);
        assertThat(sampler.draw(0, 0, random).total()).isZero();
    }

    @Test
    void theExpectationIsTheMeanOfManyDraws() {
        BalancedSampler sampler = new BalancedSampler(16, 0.25);
        double[] values = {3, -1, 4, 1, -5, 9, 2, 6};
        double mean = 0;
        int draws = 20_000;
        SplittableRandom random = new SplittableRandom(2);
        for (int i = 0; i < draws; i++) {
            mean += weightedSum(sampler.draw(8, 40, random), values) / draws;
        }

        double expected = weightedSum(sampler.expected(8, 40), values);

        // Standard error of the mean: a draw's deviation is about 5, over the root of the draws 0.04.
        assertThat(mean).isCloseTo(expected, within(0.2));
        assertThat(sampler.expected(8, 40).total()).isCloseTo(16, within(1e-12));
        assertThat(sampler.expected(0, 5).total()).isEqualTo(5);
    }

    private static double weightedSum(BalancedSampler.Chosen chosen, double[] values) {
        double sum = 0;
        for (int i : chosen.positives()) {
            sum += chosen.positiveWeight() * values[i];
        }
        for (int i : chosen.negatives()) {
            sum += chosen.negativeWeight() * 0.1 * i;
        }
        return sum;
    }

    @Test
    void aSeedGivesTheSameDraws() {
        BalancedSampler sampler = new BalancedSampler(8, 0.5);
        Sampling first = Sampling.drawn(3);
        Sampling second = Sampling.drawn(3);
        for (int i = 0; i < 5; i++) {
            assertThat(second.choose(sampler, 20, 50).negatives())
                    .isEqualTo(first.choose(sampler, 20, 50).negatives());
        }
    }
}
