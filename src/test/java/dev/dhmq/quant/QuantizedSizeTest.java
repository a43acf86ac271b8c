package dev.dhmq.quant;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dev.dhmq.tensor.Backend;
import dev.dhmq.tensor.ParameterLayout;
import java.util.List;
import org.junit.jupiter.api.Test;

/** Sizes against numbers worked out by hand. */
class QuantizedSizeTest {
    private static final ParameterLayout LAYOUT =
            ParameterLayout.of(List.of(new ParameterLayout.Shape("a", 3, 7), new ParameterLayout.Shape("b", 2, 10)));

    @Test
    void aLayerTakesWholeBytesAndAScaleAChannel() {
        // 21 weights of 3 bits are 63 bits, 8 bytes; three scales are 12.
        assertThat(QuantizedSize.bytes(LAYOUT.layer(0), 3)).isEqualTo(8 + 12);
        assertThat(QuantizedSize.bytes(LAYOUT.layer(1), 8)).isEqualTo(20 + 8);
    }

    @Test
    void aLayerInFloatHasNoScales() {
        assertThat(QuantizedSize.bytes(LAYOUT.layer(0), Backend.SKIP)).isEqualTo(84);
    }

    @Test
    void allLayersTogether() {
        int[] bits = {3, Backend.SKIP};
        assertThat(QuantizedSize.bytes(LAYOUT, bits)).isEqualTo(20 + 80);
        assertThat(QuantizedSize.compressionRatio(LAYOUT, bits)).isCloseTo(164.0 / 100, within(1e-15));
        assertThat(QuantizedSize.meanBits(LAYOUT, bits)).isCloseTo((21 * 3 + 20 * 32) / 41.0, within(1e-14));
    }

    @Test
    void sizesBeyondTwoGigabytesDoNotOverflow() {
        ParameterLayout large = ParameterLayout.of(List.of(new ParameterLayout.Shape("large", 1 << 16, 1 << 16)));
        assertThat(QuantizedSize.bytes(large.layer(0), 8)).isEqualTo((1L << 32) + (4L << 16));
    }
}
