package dev.dhmq.export.onnx;

import static org.assertj.core.api.Assertions.assertThat;

import dev.dhmq.model.Detection;
import java.util.ArrayList;
import java.util.List;

/** How far two programs agree on what is in an image, whatever the order of equal scores. */
public record Agreement(int expected, int found, int partners) {

    /**
     * Gives each expected detection the nearest one found of the same label.
     *
     * @param pixels farthest that an edge may lie off
     * @param score farthest that a score may lie off
     */
    public static Agreement of(List<Detection> expected, List<Detection> found, double pixels, double score) {
        List<Detection> left = new ArrayList<>(found);
        int partners = 0;
        for (Detection one : expected) {
            Detection nearest = null;
            for (Detection other : left) {
                if (other.label() == one.label()
                        && Math.abs(other.score() - one.score()) <= score
                        && distance(one, other) <= pixels
                        && (nearest == null || distance(one, other) < distance(one, nearest))) {
                    nearest = other;
                }
            }
            if (nearest != null) {
                left.remove(nearest);
                partners++;
            }
        }
        return new Agreement(expected.size(), found.size(), partners);
    }

    private static double distance(Detection a, Detection b) {
        return Math.max(
                Math.max(Math.abs(a.x1() - b.x1()), Math.abs(a.y1() - b.y1())),
                Math.max(Math.abs(a.x2() - b.x2()), Math.abs(a.y2() - b.y2())));
    }

    public Agreement and(Agreement other) {
        return new Agreement(expected + other.expected, found + other.found, partners + other.partners);
    }

    /** The part of all detections, expected or found, that have a partner. */
    public double share() {
        return (double) partners / Math.max(1, Math.max(expected, found));
    }

    /** Every detection has its partner, and there were some. */
    public void requireWhole(int atLeast) {
        assertThat(expected).isGreaterThanOrEqualTo(atLeast);
        assertThat(found).isEqualTo(expected);
        assertThat(partners).isEqualTo(expected);
    }
}
