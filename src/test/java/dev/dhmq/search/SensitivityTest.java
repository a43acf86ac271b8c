package dev.dhmq.search;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class SensitivityTest {
    private static final Sensitivity.Terms TERMS = new Sensitivity.Terms(-10, -4, 3);

    @Test
    void whatOtherLayersDoCountsHalf() {
        assertThat(Sensitivity.CURVATURE_AND_HALF_GRADIENT.of(TERMS)).isEqualTo(-4 - 3 + 3);
        assertThat(Sensitivity.CURVATURE_AND_GRADIENT.of(TERMS)).isEqualTo(-10 + 3);
        assertThat(Sensitivity.CURVATURE.of(TERMS)).isEqualTo(3);
    }

    @Test
    void aPartOfTheLossHasItsShareOfTheCurvatureInBothTerms() {
        assertThat(TERMS.part(7, 0.25)).isEqualTo(new Sensitivity.Terms(7, -1, 0.75));
    }
}
