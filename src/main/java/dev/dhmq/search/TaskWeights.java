package dev.dhmq.search;

/**
 * Weights a_cls and a_reg of the two parts of the calibration loss.
 *
 * @param classification a_cls, at least 0
 * @param regression a_reg, at least 0
 */
public record TaskWeights(double classification, double regression) {
    /** Both parts count as they are. */
    public static final TaskWeights EQUAL = new TaskWeights(1, 1);

    public TaskWeights {
        if (!(classification >= 0) || !(regression >= 0) || classification + regression == 0) {
            throw new IllegalArgumentException("Task weights must be at least 0 and not both 0, but are "
                    + classification + " (classification) and " + regression + " (regression).");
        }
    }
}
