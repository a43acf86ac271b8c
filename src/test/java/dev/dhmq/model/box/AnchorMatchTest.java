package dev.dhmq.model.box;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import org.junit.jupiter.api.Test;

class AnchorMatchTest {
    @Test
    void overlapDecidesBetweenObjectBackgroundAndIgnored() {
        double[] anchors = {0, 0, 10, 10, 0, 0, 10, 4.5, 20, 20, 30, 30, 0, 0, 10, 5.5};
        double[] boxes = {0, 0, 10, 10};

        AnchorMatch match = AnchorMatch.of(anchors, boxes);

        // IoUs 1, 0.45, 0 and 0.55.
        assertThat(match.foreground()).containsExactly(0, 3);
        assertThat(match.objects()).containsExactly(0, 0);
        assertThat(match.ignored()).containsExactly(1);
    }

    @Test
    void everyObjectKeepsItsBestAnchorHoweverSmallTheOverlap() {
        double[] anchors = {0, 0, 10, 10, 50, 50, 60, 60};
        double[] boxes = {0, 0, 3, 3};

        AnchorMatch match = AnchorMatch.of(anchors, boxes);

        assertThat(match.foreground()).containsExactly(0);
        assertThat(match.ignored()).isEmpty();
    }

    @Test
    void anAnchorSharedByTwoObjectsGoesToTheOneItOverlapsMost() {
        double[] anchors = {0, 0, 10, 10};
        double[] boxes = {0, 0, 4, 4, 0, 0, 10, 9};

        assertThat(AnchorMatch.of(anchors, boxes).objects()).containsExactly(1);
    }

    @Test
    void withoutObjectsAllIsBackground() {
        AnchorMatch match = AnchorMatch.of(new double[] {0, 0, 10, 10}, new double[0]);

        assertThat(match.foreground()).isEmpty();
        assertThat(match.ignored()).isEmpty();
    }

    @Test
    void anObjectNoAnchorTouchesClaimsNone() {
        AnchorMatch match = AnchorMatch.of(new double[] {0, 0, 10, 10}, new double[] {50, 50, 60, 60});

        assertThat(match.foreground()).isEmpty();
    }

    @Test
    void codingABoxAndDecodingItGivesTheBox() {
        double[] anchors = {10, 20, 42, 52};
        double[] box = {5, 30, 60, 41};
        double[] deltas = new double[4];

        BoxCoder.encode(anchors, 0, box, 0, deltas, 0);
        float[] narrow = {(float) deltas[0], (float) deltas[1], (float) deltas[2], (float) deltas[3]};
        double[] back = BoxCoder.decode(anchors, 0, narrow, 0, 100, 100);

        for (int i = 0; i < 4; i++) {
            // Deltas pass through float32: 6e-8 of coordinates below 100.
            assertThat(back[i]).isCloseTo(box[i], within(2e-5));
        }
    }

    @Test
    void decodedBoxesAreClippedAndCannotRunAway() {
        double[] back = BoxCoder.decode(new double[] {0, 0, 1, 1}, 0, new float[] {0, 0, 1e9f, 3}, 0, 1000, 8);

        assertThat(back[0]).isZero();
        assertThat(back[2]).isCloseTo(0.5 + 1000.0 / 16 / 2, within(1e-9));
        assertThat(back[3]).isEqualTo(8);
    }
}
