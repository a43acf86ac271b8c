package dev.dhmq.quant;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import java.util.Arrays;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Histograms and ranges against plain definitions on the values themselves. */
class RangeMethodTest {
    private static final List<RangeMethod> METHODS =
            List.of(new RangeMethod.MinMax(), new RangeMethod.Percentile(0.999), new RangeMethod.SquaredError());

    /** A long tail, as activations have; half of it zeros where {@code rectified}. */
    private static float[] values(boolean rectified) {
        Random random = new Random(9);
        float[] values = new float[20_000];
        for (int i = 0; i < values.length; i++) {
            double x = random.nextGaussian() * Math.exp(random.nextGaussian());
            values[i] = (float) (rectified ? Math.max(x, 0) : x + 0.5);
        }
        return values;
    }

    private static double squaredError(float[] values, AffineQuantization quantizer) {
        double sum = 0;
        for (float value : values) {
            double error = quantizer.apply(value) - value;
            sum += error * error;
        }
        return sum;
    }

    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void theHistogramsErrorIsTheValues(boolean rectified) {
        float[] values = values(rectified);
        ActivationHistogram histogram = ActivationHistogram.of(values);
        for (int bits : new int[] {2, 4, 6}) {
            for (RangeMethod method : METHODS) {
                AffineQuantization quantizer = method.choose(histogram, bits);
                double exact = squaredError(values, quantizer);
                // Values count as their bin's centre, 1/4096 of the range away at most where steps are 1/63 of it or
                // more of what is not cut off.
                assertThat(histogram.squaredError(quantizer)).isCloseTo(exact, within(0.05 * exact));
            }
        }
    }

    @Test
    void quantilesAreThoseOfTheSortedValuesToABinsWidth() {
        for (boolean rectified : new boolean[] {true, false}) {
            float[] values = values(rectified);
            ActivationHistogram histogram = ActivationHistogram.of(values);
            float[] sorted = values.clone();
            Arrays.sort(sorted);
            double bin = (histogram.high() - histogram.low()) / 4096;
            for (double share : new double[] {0.001, 0.3, 0.5, 0.9, 0.99, 0.999, 1}) {
                double exact = sorted[(int) Math.ceil(share * sorted.length) - 1];
                assertThat(histogram.quantile(share)).isBetween(exact - 1e-6, exact + bin * (1 + 1e-6));
            }
        }
    }

    @Test
    void minMaxCutsNothingOff() {
        float[] values = values(false);
        AffineQuantization quantizer = new RangeMethod.MinMax().choose(ActivationHistogram.of(values), 8);
        float[] sorted = values.clone();
        Arrays.sort(sorted);
        assertThat(quantizer.low()).isCloseTo(sorted[0], within((double) quantizer.scale()));
        assertThat(quantizer.high()).isCloseTo(sorted[sorted.length - 1], within((double) quantizer.scale()));
    }

    @Test
    void aPercentileCutsOutliersOffAtBothEnds() {
        float[] values = new float[10_001];
        for (int i = 0; i < values.length; i++) {
            values[i] = (i - 5000) / 5000f;
        }
        values[0] = -50;
        values[values.length - 1] = 100;
        AffineQuantization quantizer = new RangeMethod.Percentile(0.999).choose(ActivationHistogram.of(values), 8);
        assertThat(quantizer.low()).isCloseTo(-1, within(0.05));
        assertThat(quantizer.high()).isCloseTo(1, within(0.05));
        assertThat(new RangeMethod.Percentile(1).choose(ActivationHistogram.of(values), 8))
                .isEqualTo(new RangeMethod.MinMax().choose(ActivationHistogram.of(values), 8));
        assertThatThrownBy(() -> new RangeMethod.Percentile(0.5)).isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> new RangeMethod.Percentile(1.1)).isInstanceOf(IllegalArgumentException.class);
    }

    @Test
    void squaredErrorIsNoWorseThanAnyRangeOfAPlainGrid() {
        for (boolean rectified : new boolean[] {true, false}) {
            float[] values = values(rectified);
            ActivationHistogram histogram = ActivationHistogram.of(values);
            for (int bits : new int[] {2, 4, 8}) {
                double found = squaredError(values, new RangeMethod.SquaredError().choose(histogram, bits));
                double best = Double.POSITIVE_INFINITY;
                for (int i = 1; i <= 40; i++) {
                    for (int k = 1; k <= 40; k++) {
                        best = Math.min(
                                best,
                                squaredError(
                                        values,
                                        AffineQuantization.spanning(
                                                histogram.low() * i / 40, histogram.high() * k / 40, bits)));
                    }
                }
                // A grid of its own, and one end after the other.
                assertThat(found).isLessThan(1.1 * best);
            }
        }
    }

    @Test
    void constantsAndZerosAreQuantizedExactly() {
        for (RangeMethod method : METHODS) {
            for (float constant : new float[] {0, 1.7f, -0.3f, Float.MIN_VALUE}) {
                float[] values = {constant, constant, constant};
                AffineQuantization quantizer = method.choose(ActivationHistogram.of(values), 4);
                assertThat(squaredError(values, quantizer)).isLessThan(1e-12);
            }
        }
    }

    @Test
    void noValuesHaveNoHistogram() {
        assertThatThrownBy(() -> ActivationHistogram.of()).isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> ActivationHistogram.of(1, Float.POSITIVE_INFINITY))
                .isInstanceOf(IllegalArgumentException.class);
    }
}
