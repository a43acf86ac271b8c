package dev.dhmq.model.checkpoint;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class HalfTest {
    @Test
    void everyFloat16AndBfloat16SurvivesTheWayThroughFloat() {
        for (int bits = 0; bits < 1 << 16; bits++) {
            short half = (short) bits;
            float ofFloat16 = Half.float16ToFloat(half);
            if (!Float.isNaN(ofFloat16)) {
                assertThat(Half.floatToFloat16(ofFloat16)).isEqualTo(half);
            }
            float ofBfloat16 = Half.bfloat16ToFloat(half);
            if (!Float.isNaN(ofBfloat16)) {
                assertThat(Half.floatToBfloat16(ofBfloat16)).isEqualTo(half);
            }
        }
    }

    @ParameterizedTest
    @CsvSource({
        // bfloat16 has steps of 2^-7 between 1 and 2: halves go to the even neighbour.
        "1.00390625, 1.0", // 1 + 2^-8, between 1 and the odd 1 + 2^-7
        "1.01171875, 1.015625", // 1 + 3 * 2^-8, between the odd 1 + 2^-7 and the even 1 + 2^-6
        "1.004, 1.0078125", // just over half
        "-1.00390625, -1.0",
        "3.4028235e38, Infinity",
        "Infinity, Infinity",
        "-Infinity, -Infinity",
    })
    void bfloat16RoundsHalfToEven(float value, float expected) {
        assertThat(Half.bfloat16ToFloat(Half.floatToBfloat16(value))).isEqualTo(expected);
    }

    @Test
    void nansStayNans() {
        float narrow = Float.intBitsToFloat(0x7F800001);
        assertThat(Half.bfloat16ToFloat(Half.floatToBfloat16(narrow))).isNaN();
        assertThat(Half.bfloat16ToFloat(Half.floatToBfloat16(Float.intBitsToFloat(0xFFFFFFFF))))
                .isNaN();
        assertThat(Half.float16ToFloat(Half.floatToFloat16(Float.NaN))).isNaN();
    }
}
