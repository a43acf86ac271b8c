package dev.dhmq.train;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import org.junit.jupiter.api.Test;

class ScheduleTest {
    @Test
    void oneCycleGoesUpForThreeTenthsAndDownToNothing() {
        Schedule cycle = new Schedule.OneCycle();

        // torch's OneCycleLR(max_lr=1, total_steps=100): initial 1/25, peak at step 29, final 1/25/1e4.
        assertThat(cycle.at(0, 100)).isCloseTo(0.04, within(1e-12));
        assertThat(cycle.at(29, 100)).isCloseTo(1, within(1e-12));
        assertThat(cycle.at(99, 100)).isCloseTo(4e-6, within(1e-12));
        assertThat(cycle.at(64, 100)).isBetween(0.4, 0.6);
    }

    @Test
    void cosineWarmsUpInAStraightLineAndEndsAtNothing() {
        Schedule cosine = new Schedule.Cosine(9);

        assertThat(cosine.at(0, 109)).isCloseTo(0.1, within(1e-12));
        assertThat(cosine.at(4, 109)).isCloseTo(0.5, within(1e-12));
        assertThat(cosine.at(9, 109)).isEqualTo(1);
        assertThat(cosine.at(59, 109)).isCloseTo(0.5, within(1e-12));
        assertThat(cosine.at(108, 109)).isLessThan(1e-3);
    }

    @Test
    void constantStaysWhereItWarmedUpTo() {
        Schedule constant = new Schedule.Constant(0);

        assertThat(constant.at(0, 10)).isEqualTo(1);
        assertThat(constant.at(9, 10)).isEqualTo(1);
        assertThat(new Schedule.Constant(4).at(1, 10)).isCloseTo(0.4, within(1e-12));
    }
}
