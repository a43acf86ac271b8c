package dev.dhmq.quant;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class AffineQuantizationTest {

    @ParameterizedTest
    @ValueSource(ints = {2, 3, 4, 5, 6, 7, 8})
    void valuesWithinTheRangeMoveByHalfAStepAtMostAndZeroNotAtAll(int bits) {
        AffineQuantization quantizer = AffineQuantization.spanning(-1.3, 2.9, bits);
        Random random = new Random(4);
        for (int i = 0; i < 1000; i++) {
            double x = quantizer.low() + random.nextDouble() * (quantizer.high() - quantizer.low());
            double step = quantizer.scale();
            assertThat(quantizer.apply(x)).isCloseTo(x, within(step / 2 * (1 + 1e-12)));
            assertThat(quantizer.apply(quantizer.apply(x))).isEqualTo(quantizer.apply(x));
        }
        assertThat(quantizer.apply(0)).isZero();
        assertThat(quantizer.apply(1e9)).isEqualTo(quantizer.high());
        assertThat(quantizer.apply(-1e9)).isEqualTo(quantizer.low());
        assertThat(quantizer.zeroPoint()).isPositive();
        // The zero point is rounded, which moves both ends by half a step at most.
        assertThat(quantizer.low()).isCloseTo(-1.3, within(quantizer.scale() / 2 + 1e-6));
        assertThat(quantizer.high()).isCloseTo(2.9, within(quantizer.scale() / 2 + 1e-6));
    }

    @Test
    void whatIsNeverNegativeHasTheZeroPointZero() {
        AffineQuantization quantizer = AffineQuantization.spanning(0.5, 3, 8);
        assertThat(quantizer.zeroPoint()).isZero();
        assertThat(quantizer.low()).isZero();
        assertThat(quantizer.high()).isCloseTo(3, within(1e-6));
    }

    @Test
    void whatIsNeverPositiveEndsAtZero() {
        AffineQuantization quantizer = AffineQuantization.spanning(-3, -1, 4);
        assertThat(quantizer.zeroPoint()).isEqualTo(15);
        assertThat(quantizer.high()).isZero();
        assertThat(quantizer.low()).isCloseTo(-3, within(1e-6));
    }

    @Test
    void aConstantIsExactWhereFloatsCanBe() {
        assertThat(AffineQuantization.spanning(2.5, 2.5, 4).apply(2.5)).isCloseTo(2.5, within(1e-6));
        assertThat(AffineQuantization.spanning(-2.5, -2.5, 4).apply(-2.5)).isCloseTo(-2.5, within(1e-6));
        assertThat(AffineQuantization.spanning(0, 0, 4)).isEqualTo(new AffineQuantization(4, 1, 0));
    }

    @Test
    void aTinyRangeKeepsAScaleWhoseReciprocalIsFinite() {
        AffineQuantization quantizer = AffineQuantization.spanning(0, Float.MIN_VALUE, 8);
        assertThat(1 / quantizer.scale()).isFinite();
    }

    @Test
    void halvesGoToTheEvenInteger() {
        AffineQuantization quantizer = new AffineQuantization(4, 1, 4);
        assertThat(quantizer.apply(0.5)).isZero();
        assertThat(quantizer.apply(1.5)).isEqualTo(2);
        assertThat(quantizer.apply(-1.5)).isEqualTo(-2);
    }

    @ParameterizedTest
    @CsvSource({
        "1, 1, 0, 2 to 8 bits",
        "9, 1, 0, 2 to 8 bits",
        "4, 0, 0, positive and finite",
        "4, -1, 0, positive and finite",
        "4, NaN, 0, positive and finite",
        "4, Infinity, 0, positive and finite",
        "4, 1, 16, must be 0 to 15",
        "4, 1, -1, must be 0 to 15"
    })
    void whatIsNoQuantizationIsRefused(int bits, float scale, int zeroPoint, String complaint) {
        assertThatThrownBy(() -> new AffineQuantization(bits, scale, zeroPoint))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining(complaint);
    }

    @Test
    void whatIsNoRangeIsRefused() {
        assertThatThrownBy(() -> AffineQuantization.spanning(Double.NaN, 1, 8)).hasMessageContaining("no range");
        assertThatThrownBy(() -> AffineQuantization.spanning(0, Double.POSITIVE_INFINITY, 8))
                .hasMessageContaining("no range");
    }
}
