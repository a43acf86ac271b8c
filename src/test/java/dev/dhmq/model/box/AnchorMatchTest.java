package dev.dhmq.model.box;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.util.List;
import org.junit.jupiter.api.Test;

class AnchorMatchTest {
    @Test
    void overlapDecidesBetweenObjectBackgroundAndIgnored() {
        double[] anchors = {0, 0, 10, 10, 0, 0, 10, 4.5, 20, 20, 30, 30, 0, 0, 10, 5.5};
        double[] boxes = {0, 0, 10, 10};

        AnchorMatch match = AnchorMatch.of(anchors, boxes, MatchRule.RETINANET);

        // IoUs 1, 0.45, 0 and 0.55.
        assertThat(match.foreground()).containsExactly(0, 3);
        assertThat(match.objects()).containsExactly(0, 0);
        assertThat(match.ignored()).containsExactly(1);
    }

    @Test
    void everyObjectKeepsItsBestAnchorHoweverSmallTheOverlap() {
        double[] anchors = {0, 0, 10, 10, 50, 50, 60, 60};
        double[] boxes = {0, 0, 3, 3};

        AnchorMatch match = AnchorMatch.of(anchors, boxes, MatchRule.RETINANET);

        assertThat(match.foreground()).containsExactly(0);
        assertThat(match.ignored()).isEmpty();
    }

    @Test
    void anAnchorSharedByTwoObjectsGoesToTheOneItOverlapsMost() {
        double[] anchors = {0, 0, 10, 10};
        double[] boxes = {0, 0, 4, 4, 0, 0, 10, 9};

        assertThat(AnchorMatch.of(anchors, boxes, MatchRule.RETINANET).objects())
                .containsExactly(1);
    }

    @Test
    void withoutObjectsAllIsBackground() {
        AnchorMatch match = AnchorMatch.of(new double[] {0, 0, 10, 10}, new double[0], MatchRule.RETINANET);

        assertThat(match.foreground()).isEmpty();
        assertThat(match.ignored()).isEmpty();
    }

    @Test
    void anObjectNoAnchorTouchesClaimsNone() {
        AnchorMatch match =
                AnchorMatch.of(new double[] {0, 0, 10, 10}, new double[] {50, 50, 60, 60}, MatchRule.RETINANET);

        assertThat(match.foreground()).isEmpty();
    }

    @Test
    void codingABoxAndDecodingItGivesTheBox() {
        double[] anchors = {10, 20, 42, 52};
        double[] box = {5, 30, 60, 41};
        double[] deltas = new double[4];

        double[] back = new double[4];

        for (BoxCoder coder : List.of(BoxCoder.ANCHORS, BoxCoder.REGIONS)) {
            coder.encode(anchors, 0, box, 0, deltas, 0);
            coder.decode(anchors, 0, deltas, 0, new ImageArea(100, 100), back, 0);

            assertThat(back).containsExactly(box, within(1e-12));
        }
    }

    @Test
    void decodedBoxesAreClippedAndCannotRunAway() {
        double[] back = new double[4];

        BoxCoder.ANCHORS.decode(
                new double[] {0, 0, 1, 1}, 0, new double[] {0, 0, 1e9, 3}, 0, new ImageArea(1000, 8), back, 0);

        assertThat(back[0]).isZero();
        assertThat(back[2]).isCloseTo(0.5 + 1000.0 / 16 / 2, within(1e-9));
        assertThat(back[3]).isEqualTo(8);
    }
}
