package dev.dhmq.quant;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class ProductGridTest {
    @Test
    void fewBitsAreMultipliedUpToSevenAndNoFurther() {
        assertThat(ProductGrid.multiple(2)).isEqualTo(32);
        assertThat(ProductGrid.multiple(7)).isEqualTo(1);
        assertThat(ProductGrid.multiple(8)).isEqualTo(1);
    }
}
