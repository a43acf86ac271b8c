package dev.dhmq.model.box;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dev.dhmq.model.Detection;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class RetinaPostProcessorTest {
    private static final AnchorGrid TWO_ANCHORS =
            new AnchorGrid(new double[] {0, 0, 20, 20, 40, 40, 60, 60}, new int[] {1, 1});

    @Test
    void scoresBelowTheThresholdAreDroppedAndTheRestSorted() {
        RetinaPostProcessor processor = new RetinaPostProcessor(TWO_ANCHORS, 2, 64, 64);

        List<Detection> found = processor.detections(new float[] {0, -5, 2, -2.9f}, new float[8]);

        // Sigmoids 0.5, 0.0067, 0.88 and 0.0522; the threshold is 0.05.
        assertThat(found).extracting(Detection::label).containsExactly(0, 0, 1);
        assertThat(found.get(0).x1()).isEqualTo(40);
        assertThat(found.get(0).score()).isCloseTo(0.8808f, within(1e-4f));
    }

    @Test
    void suppressionIsClassByClass() {
        List<Detection> candidates = List.of(
                new Detection(0, 0, 10, 10, 0.9f, 0),
                new Detection(0, 0, 10, 9, 0.8f, 0),
                new Detection(0, 0, 10, 9, 0.7f, 1),
                new Detection(0, 0, 10, 5, 0.6f, 0));

        List<Detection> kept = NonMaximumSuppression.apply(candidates, 0.5, 10);

        // The second overlaps the first by 0.9; the last by exactly 0.5, which is not above the threshold.
        assertThat(kept).extracting(Detection::score).containsExactly(0.9f, 0.7f, 0.6f);
    }

    @Test
    void atMostTheLimitSurvives() {
        List<Detection> apart = new ArrayList<>();
        for (int i = 0; i < 20; i++) {
            apart.add(new Detection(10 * i, 0, 10 * i + 5, 5, i / 20f, 0));
        }

        assertThat(NonMaximumSuppression.apply(apart, 0.5, 7))
                .hasSize(7)
                .first()
                .extracting(Detection::score)
                .isEqualTo(0.95f);
    }
}
