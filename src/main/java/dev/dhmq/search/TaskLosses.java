package dev.dhmq.search;

/**
 * The two parts of a detection loss, as means over the calibration images.
 *
 * @param classification L_cls
 * @param regression L_reg
 */
public record TaskLosses(double classification, double regression) {

    /** L = a_cls L_cls + a_reg L_reg. */
    public double weighted(TaskWeights weights) {
        return weights.classification() * classification + weights.regression() * regression;
    }

    /** Both parts times a factor. */
    public TaskLosses times(double factor) {
        return new TaskLosses(factor * classification, factor * regression);
    }

    /** Part by part sum. */
    public TaskLosses plus(TaskLosses other) {
        return new TaskLosses(classification + other.classification, regression + other.regression);
    }

    /** Part by part difference. */
    public TaskLosses minus(TaskLosses other) {
        return new TaskLosses(classification - other.classification, regression - other.regression);
    }
}
