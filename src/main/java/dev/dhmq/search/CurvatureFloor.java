package dev.dhmq.search;

import java.util.Arrays;

/**
 * The least curvature a layer may be given. A secant or a trace can be zero or negative, from noise or because the loss
 * really bends down there; B must stay positive definite, and a layer must not look free for it. The floor is a
 * hundredth of the median of the positive curvatures at the start, or 1 where none is positive.
 */
record CurvatureFloor(double least) {
    private static final double SHARE_OF_MEDIAN = 0.01;

    /** Nothing that a ranking would notice, and still a number to divide by. */
    private static final double NEXT_TO_NOTHING = 1e-6;

    static CurvatureFloor of(double[] curvatures) {
        return atShare(SHARE_OF_MEDIAN, curvatures);
    }

    /** Only what keeps B positive definite: a millionth of the median. */
    static CurvatureFloor lowest(double[] curvatures) {
        return atShare(NEXT_TO_NOTHING, curvatures);
    }

    private static CurvatureFloor atShare(double share, double[] curvatures) {
        double[] positive =
                Arrays.stream(curvatures).filter(t -> t > 0).sorted().toArray();
        return new CurvatureFloor(positive.length == 0 ? 1 : share * positive[positive.length / 2]);
    }

    double lift(double curvature) {
        return Math.max(curvature, least);
    }

    double[] lift(double[] curvatures) {
        return Arrays.stream(curvatures).map(this::lift).toArray();
    }
}
