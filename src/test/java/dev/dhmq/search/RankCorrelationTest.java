package dev.dhmq.search;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import java.util.Random;
import org.junit.jupiter.api.Test;

class RankCorrelationTest {
    /** Rounding of a few dozen double operations. */
    private static final double EXACT = 1e-14;

    @Test
    void knownValues() {
        // Without ties it is 1 - 6 sum d^2 / (n (n^2 - 1)): here sum d^2 = 194 and n = 10, so -29/165.
        double[] iq = {106, 100, 86, 101, 99, 103, 97, 113, 112, 110};
        double[] hours = {7, 27, 2, 50, 28, 29, 20, 12, 6, 17};
        assertThat(RankCorrelation.spearman(iq, hours).orElseThrow()).isCloseTo(-29.0 / 165, within(EXACT));
        assertThat(RankCorrelation.spearman(new double[] {1, 2, 3}, new double[] {-5, 0, 1e9}))
                .hasValue(1);
        assertThat(RankCorrelation.spearman(new double[] {1, 2, 3}, new double[] {3, 2, 1}))
                .hasValue(-1);
    }

    @Test
    void tiesShareTheMeanOfTheirRanks() {
        assertThat(RankCorrelation.ranks(new double[] {5, 1, 5, -2, 5, 1})).containsExactly(5, 2.5, 5, 1, 5, 2.5);
        // Ranks 1, 2.5, 2.5, 4 against 1, 2, 3, 4: covariance 4.5 over sqrt(4.5 * 5).
        assertThat(RankCorrelation.spearman(new double[] {0, 7, 7, 9}, new double[] {1, 2, 3, 4})
                        .orElseThrow())
                .isCloseTo(4.5 / Math.sqrt(22.5), within(EXACT));
    }

    @Test
    void ranksDoNotDependOnScale() {
        Random random = new Random(3);
        double[] a = random.doubles(50).toArray();
        double[] b = random.doubles(50).toArray();
        double[] stretched = java.util.Arrays.stream(b).map(Math::exp).toArray();
        assertThat(RankCorrelation.spearman(a, stretched)).isEqualTo(RankCorrelation.spearman(a, b));
    }

    @Test
    void whereNothingIsOrderedThereIsNoCorrelation() {
        assertThat(RankCorrelation.spearman(new double[0], new double[0])).isEmpty();
        assertThat(RankCorrelation.spearman(new double[] {1}, new double[] {2})).isEmpty();
        assertThat(RankCorrelation.spearman(new double[] {1, 2}, new double[] {4, 4}))
                .isEmpty();
        assertThatThrownBy(() -> RankCorrelation.spearman(new double[1], new double[2]))
                .isInstanceOf(IllegalArgumentException.class);
    }

    @Test
    void aLowCorrelationOfFewValuesIsChance() {
        // The 5 % point of Spearman's coefficient for 10 values is 0.564 (Zar, 1972).
        assertThat(RankCorrelation.isChance(0.5, 10)).isTrue();
        assertThat(RankCorrelation.isChance(0.6, 10)).isFalse();
        assertThat(RankCorrelation.isChance(-0.9, 40)).isTrue();
        assertThat(RankCorrelation.isChance(0.3, 40)).isFalse();
    }
}
