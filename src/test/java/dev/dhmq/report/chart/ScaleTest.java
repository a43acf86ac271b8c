package dev.dhmq.report.chart;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;

class ScaleTest {
    @Test
    void linearAxesEndAtRoundValues() {
        Scale.Linear scale = Scale.Linear.around(0.36, 0.5677, 6);
        assertThat(scale.ticks()).hasSizeBetween(3, 8);
        assertThat(scale.from()).isLessThanOrEqualTo(0.36).isCloseTo(0.35, within(1e-9));
        assertThat(scale.to()).isGreaterThanOrEqualTo(0.5677).isCloseTo(0.6, within(1e-9));
        assertThat(scale.label(scale.ticks().getFirst())).isEqualTo("0.35");
    }

    @Test
    void oneValueMakesAnAxisToo() {
        for (double value : new double[] {0, 5, -3, 1e-12, 1e12}) {
            Scale.Linear scale = Scale.Linear.around(value, value, 5);
            assertThat(scale.place(value)).as("%s", value).isBetween(0.0, 1.0);
        }
        Scale.Logarithmic logarithmic = Scale.Logarithmic.around(2, 2);
        assertThat(logarithmic.place(2)).isBetween(0.0, 1.0);
    }

    @Test
    void logarithmicAxesMarkDecades() {
        Scale.Logarithmic scale = Scale.Logarithmic.around(0.0012, 3);
        assertThat(scale.from()).isCloseTo(0.001, within(1e-12));
        assertThat(scale.place(Math.sqrt(scale.from() * scale.to()))).isCloseTo(0.5, within(1e-12));
        assertThat(scale.ticks()).contains(0.01, 0.1, 1.0);
        assertThat(scale.shows(0)).isFalse();
        assertThat(scale.shows(Double.POSITIVE_INFINITY)).isFalse();
        assertThat(scale.label(1e-5)).isEqualTo("1e\u22125");
        assertThat(scale.label(0.03)).isEqualTo("0.03");
    }

    @Test
    void signedAxesHaveZeroBetweenTheSigns() {
        Scale.SignedLogarithmic scale = Scale.SignedLogarithmic.around(-0.02, 1.4);
        assertThat(scale.ticks()).contains(-0.01, 0.0, 0.1, 1.0).isSorted();
        assertThat(scale.label(-0.01)).isEqualTo("\u22120.01");
        assertThat(scale.place(-0.02)).isGreaterThan(0);
        assertThat(scale.place(1.4)).isLessThan(1);
    }

    @Test
    void everyScaleKeepsTheOrderAndItsTicksWithin() {
        Random random = new Random(5);
        for (int run = 0; run < 300; run++) {
            double a = Math.exp(20 * random.nextGaussian() / 3);
            double b = a * (1 + 10 * random.nextDouble());
            for (Scale scale : List.of(
                    Scale.Linear.around(-a, b, 5),
                    Scale.Linear.around(a, b, 5),
                    Scale.Logarithmic.around(a, b),
                    Scale.SignedLogarithmic.around(-a, b))) {
                String where = "seed 5, run " + run + ", " + scale;
                assertThat(scale.place(a)).as(where).isBetween(-1e-9, 1 + 1e-9).isLessThanOrEqualTo(scale.place(b));
                assertThat(scale.place(b)).as(where).isBetween(-1e-9, 1 + 1e-9);
                assertThat(scale.ticks()).as(where).isNotEmpty().isSorted().hasSizeLessThan(40);
                for (double tick : scale.ticks()) {
                    assertThat(scale.place(tick)).as(where).isBetween(-1e-6, 1 + 1e-6);
                    assertThat(scale.label(tick)).as(where).isNotBlank();
                }
            }
        }
    }
}
