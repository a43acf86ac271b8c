package dev.dhmq.eval;

/** The thresholds COCO evaluates boxes at. */
final class CocoParameters {
    /**
     * IoU thresholds 0.50 to 0.95. The steps are computed as numpy's {@code linspace} does, which gives
     * 0.8999999999999999 in place of 0.9: a box with an IoU of exactly 0.9 must match here as it does there.
     */
    static final double[] IOU = steps(0.5, 0.95, 10);

    /** The recalls precision is read off at: 0.00, 0.01, ..., 1.00. */
    static final double[] RECALL = steps(0, 1, 101);

    /** How many of the surest detections of a class in an image count at all. */
    static final int MAX_DETECTIONS = 100;

    private CocoParameters() {}

    /** Objects are sorted by area in square pixels; both ends belong to the range. */
    enum AreaRange {
        ALL(0, 1e5 * 1e5),
        SMALL(0, 32 * 32),
        MEDIUM(32 * 32, 96 * 96),
        LARGE(96 * 96, 1e5 * 1e5);

        private final double least;
        private final double most;

        AreaRange(double least, double most) {
            this.least = least;
            this.most = most;
        }

        boolean contains(double area) {
            return area >= least && area <= most;
        }
    }

    private static double[] steps(double first, double last, int count) {
        double step = (last - first) / (count - 1);
        double[] values = new double[count];
        for (int i = 0; i < count; i++) {
            values[i] = i * step + first;
        }
        values[count - 1] = last;
        return values;
    }
}
