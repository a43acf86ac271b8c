package dev.dhmq.quant;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class BitWidthsTest {

    @Test
    void widthsAreAscendingWithoutRepeats() {
        BitWidths widths = BitWidths.of(8, 2, 4, 8, 3);
        assertThat(widths.widths()).containsExactly(2, 3, 4, 8);
        assertThat(widths.lowest()).isEqualTo(2);
        assertThat(widths.highest()).isEqualTo(8);
    }

    @Test
    void theNextLowerCandidateNeedNotBeOneBitBelow() {
        BitWidths widths = BitWidths.of(2, 3, 4, 5, 6, 8);
        assertThat(widths.below(8)).isEqualTo(6);
        assertThat(widths.below(3)).isEqualTo(2);
        assertThat(widths.below(2)).isEqualTo(BitWidths.NONE);
    }

    @ParameterizedTest
    @ValueSource(ints = {-1, 0, 1, 9, 32})
    void widthsTheQuantizerDoesNotKnowAreRefused(int width) {
        assertThatThrownBy(() -> BitWidths.of(4, width))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("must be 2 to 8, but one is " + width);
    }

    @Test
    void noWidthAtAllIsRefused() {
        assertThatThrownBy(() -> new BitWidths(List.of())).isInstanceOf(IllegalArgumentException.class);
    }
}
