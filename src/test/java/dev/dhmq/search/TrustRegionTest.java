package dev.dhmq.search;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class TrustRegionTest {
    private final TrustRegion adaptive = new TrustRegion(new StepSize.Adaptive(4, 20));

    @Test
    void growsWhilePredictionsHold() {
        assertThat(adaptive.accept(4, 1, 1.4, 0)).isTrue();
        assertThat(adaptive.layers()).isEqualTo(8);
        assertThat(adaptive.accept(8, 1, -3, 0)).isTrue(); // better than predicted
        assertThat(adaptive.layers()).isEqualTo(16);
        assertThat(adaptive.accept(16, 1, 1, 0)).isTrue();
        assertThat(adaptive.layers()).isEqualTo(20);
    }

    @Test
    void doesNotGrowForStepsThatWereSmallerThanAllowed() {
        assertThat(adaptive.accept(2, 1, 1, 0)).isTrue();
        assertThat(adaptive.layers()).isEqualTo(4);
    }

    @Test
    void shrinksWhereTheLossRisesMoreAndGoesBackWhereMuchMore() {
        assertThat(adaptive.accept(4, 1, 1.8, 0)).isTrue();
        assertThat(adaptive.layers()).isEqualTo(4);
        assertThat(adaptive.accept(4, 1, 3, 0)).isTrue();
        assertThat(adaptive.layers()).isEqualTo(2);
        assertThat(adaptive.accept(2, 1, 5, 0)).isFalse();
        assertThat(adaptive.layers()).isEqualTo(1);
        assertThat(adaptive.accept(1, 1, 100, 0)).isTrue(); // one layer cannot be divided
        assertThat(adaptive.layers()).isEqualTo(1);
    }

    @Test
    void aRiseWhereAFallWasPredictedGoesBack() {
        assertThat(adaptive.accept(4, -1, 0.1, 0)).isFalse();
        assertThat(adaptive.accept(2, -1, -0.1, 0)).isTrue();
    }

    @Test
    void changesTooSmallToSayAnythingStandAndLetItGrow() {
        assertThat(adaptive.accept(4, -1e-6, 1e-6, 0.001)).isTrue();
        assertThat(adaptive.layers()).isEqualTo(8);
    }

    @Test
    void aFixedSizeNeverChanges() {
        TrustRegion fixed = new TrustRegion(new StepSize.Fixed(3));
        assertThat(fixed.accept(3, 1, 1e9, 0)).isTrue();
        assertThat(fixed.layers()).isEqualTo(3);
    }
}
