package dev.dhmq.model.box;

import java.util.stream.IntStream;

/**
 * Boxes before suppression.
 *
 * @param boxes x1, y1, x2, y2 of each
 * @param scores confidence of each
 * @param groups class or level of each
 */
record Candidates(double[] boxes, double[] scores, int[] groups) {

    /** Those whose sides are both at least this long, in pixels. A box that is not a number is not among them. */
    static Candidates atLeast(double side, double[] boxes, double[] scores, int[] groups) {
        int[] large = IntStream.range(0, scores.length)
                .filter(i -> boxes[4 * i + 2] - boxes[4 * i] >= side && boxes[4 * i + 3] - boxes[4 * i + 1] >= side)
                .toArray();
        double[] largeBoxes = new double[4 * large.length];
        double[] largeScores = new double[large.length];
        int[] largeGroups = new int[large.length];
        for (int i = 0; i < large.length; i++) {
            System.arraycopy(boxes, 4 * large[i], largeBoxes, 4 * i, 4);
            largeScores[i] = scores[large[i]];
            largeGroups[i] = groups[large[i]];
        }
        return new Candidates(largeBoxes, largeScores, largeGroups);
    }
}
