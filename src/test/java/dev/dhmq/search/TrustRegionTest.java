package dev.dhmq.search;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class TrustRegionTest {
    private final TrustRegion adaptive = new TrustRegion(new StepSize.Adaptive(4));

    @Test
    void growsWhilePredictionsHold() {
        assertThat(adaptive.accept(4, 1, 1.4)).isTrue();
        assertThat(adaptive.layers()).isEqualTo(8);
        assertThat(adaptive.accept(8, 1, -3)).isTrue(); // better than predicted
        assertThat(adaptive.layers()).isEqualTo(16);
    }

    @Test
    void doesNotGrowForStepsThatWereSmallerThanAllowed() {
        assertThat(adaptive.accept(2, 1, 1)).isTrue();
        assertThat(adaptive.layers()).isEqualTo(4);
    }

    @Test
    void shrinksWhereTheLossRisesMoreAndGoesBackWhereMuchMore() {
        assertThat(adaptive.accept(4, 1, 1.8)).isTrue();
        assertThat(adaptive.layers()).isEqualTo(4);
        assertThat(adaptive.accept(4, 1, 3)).isTrue();
        assertThat(adaptive.layers()).isEqualTo(2);
        assertThat(adaptive.accept(2, 1, 5)).isFalse();
        assertThat(adaptive.layers()).isEqualTo(1);
        assertThat(adaptive.accept(1, 1, 100)).isTrue(); // one layer cannot be divided
        assertThat(adaptive.layers()).isEqualTo(1);
    }

    @Test
    void aRiseWhereAFallWasPredictedGoesBack() {
        assertThat(adaptive.accept(4, -1, 0.1)).isFalse();
        assertThat(adaptive.accept(2, -1, -0.1)).isTrue();
    }

    @Test
    void aFixedSizeNeverChanges() {
        TrustRegion fixed = new TrustRegion(new StepSize.Fixed(3));
        assertThat(fixed.accept(3, 1, 1e9)).isTrue();
        assertThat(fixed.layers()).isEqualTo(3);
    }
}
