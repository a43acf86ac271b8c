package dev.dhmq.report.html;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Locale;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class NumeralsTest {
    @ParameterizedTest
    @CsvSource({
        "0, 0",
        "0.14893, 0.149",
        "1.5, 1.50",
        "12.345, 12.3",
        "99999, '99,999'",
        "318608, 3.19e5",
        "0.000475, 4.75e\u22124",
        "-0.00140, \u22120.00140",
        "1e-300, 1.00e\u2212300",
        "1e100, 1.00e100"
    })
    void threeSignificantDigits(double value, String text) {
        assertThat(Numerals.general(value)).isEqualTo(text);
    }

    @ParameterizedTest
    @CsvSource({"999, 999 B", "318608, 319 kB", "6127884, 6.13 MB", "2500000000, 2.50 GB", "0, 0 B"})
    void bytesHaveAUnit(long bytes, String text) {
        assertThat(Numerals.bytes(bytes)).isEqualTo(text);
    }

    @Test
    void theyAreTheSameInEveryLocale() {
        Locale before = Locale.getDefault();
        try {
            Locale.setDefault(Locale.GERMANY);
            assertThat(Numerals.whole(1234567)).isEqualTo("1,234,567");
            assertThat(Numerals.fixed(-1.25, 2)).isEqualTo("\u22121.25");
            assertThat(Numerals.general(0.5)).isEqualTo("0.500");
        } finally {
            Locale.setDefault(before);
        }
    }
}
