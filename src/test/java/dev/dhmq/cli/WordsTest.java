package dev.dhmq.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.dhmq.InvalidInputException;
import java.util.List;
import org.junit.jupiter.api.Test;

class WordsTest {
    @Test
    void blanksSeparateExceptBetweenQuotes() {
        assertThat(Words.of("  --pin 'a b' --rule  x\"y z\"w '' "))
                .containsExactly("--pin", "a b", "--rule", "xy zw", "");
        assertThat(Words.of(" ")).isEmpty();
        assertThatThrownBy(() -> Words.of("--pin 'a"))
                .isInstanceOf(InvalidInputException.class)
                .hasMessageContaining("quote is not closed");
    }

    @Test
    void aVariantOverridesWhatAllSearchesShare() {
        List<String> common = List.of("--bits", "2,4", "--batch", "3");
        Variant variant = Variant.parse("wide: --bits 4,8 --calibration-images 5", common);
        assertThat(variant.name()).isEqualTo("wide");
        assertThat(variant.search().settings(0).candidates().widths()).containsExactly(4, 8);
        assertThat(variant.search().batch()).isEqualTo(3);
        assertThat(variant.calibrationImages(16)).isEqualTo(5);
        assertThat(variant.calibrateOn()).isEmpty();
        assertThat(Variant.parse("plain:", common).calibrationImages(16)).isEqualTo(16);
    }
}
