package dev.dhmq.model.box;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dev.dhmq.model.Detection;
import java.util.List;
import org.junit.jupiter.api.Test;

class RetinaPostProcessorTest {
    private static final AnchorGrid TWO_ANCHORS =
            new AnchorGrid(new double[] {0, 0, 20, 20, 40, 40, 60, 60}, new int[] {1, 1});

    @Test
    void scoresBelowTheThresholdAreDroppedAndTheRestSorted() {
        RetinaPostProcessor processor = new RetinaPostProcessor(2);
        double[] logits = {0, 2, -2.9};

        // Sigmoids 0.5, 0.88 and 0.0522, all above the threshold 0.05; entry 1 is not among them.
        long[] entries = {0, 2, 3};
        assertThat(logits[2]).isGreaterThan(RetinaPostProcessor.LOGIT_THRESHOLD);
        assertThat(processor.candidates(TWO_ANCHORS, entries, logits)).containsExactly(0, 1, 2);
        List<Detection> found =
                processor.detections(TWO_ANCHORS, entries, logits, new double[12], new ImageArea(64, 64));

        assertThat(found).extracting(Detection::label).containsExactly(0, 0, 1);
        assertThat(found.get(0).x1()).isEqualTo(40);
        assertThat(found.get(0).score()).isCloseTo(0.8808f, within(1e-4f));
    }

    @Test
    void suppressionIsClassByClass() {
        double[] boxes = {0, 0, 10, 10, 0, 0, 10, 9, 0, 0, 10, 9, 0, 0, 10, 5};
        double[] scores = {0.9, 0.8, 0.7, 0.6};
        int[] classes = {0, 0, 1, 0};

        // The second overlaps the first by 0.9; the last by exactly 0.5, which is not above the threshold.
        assertThat(NonMaximumSuppression.apply(boxes, scores, classes, 0.5, 10)).containsExactly(0, 2, 3);
    }

    @Test
    void atMostTheLimitSurvives() {
        double[] boxes = new double[80];
        double[] scores = new double[20];
        for (int i = 0; i < 20; i++) {
            boxes[4 * i] = 10 * i;
            boxes[4 * i + 2] = 10 * i + 5;
            boxes[4 * i + 3] = 5;
            scores[i] = i / 20.0;
        }

        assertThat(NonMaximumSuppression.apply(boxes, scores, new int[20], 0.5, 7))
                .containsExactly(19, 18, 17, 16, 15, 14, 13);
    }
}
