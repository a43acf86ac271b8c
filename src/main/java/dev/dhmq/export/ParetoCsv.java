package dev.dhmq.export;

import dev.dhmq.files.NewFile;
import dev.dhmq.search.QuantizationPlan;
import dev.dhmq.search.SearchStep;
import dev.dhmq.search.TaskLosses;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Locale;

/**
 * {@code pareto.csv}: every size that a search went through, and the calibration loss there. A plan for any of them costs few
 * gradients more: the journal has the way to it, but for the curvature pairs that the search had in memory there.
 */
public final class ParetoCsv {
    private static final String HEADER =
            "step,bytes,compression_ratio,loss,loss_classification,loss_regression,predicted_change,measured_change";

    private ParetoCsv() {}

    /**
     * Writes the way to this plan, whole or not at all; steps that were taken back are left out.
     *
     * @param plan for the smallest size that was searched for
     */
    public static void write(Path file, QuantizationPlan plan) {
        StringBuilder rows = new StringBuilder(HEADER).append('\n');
        for (SearchStep step : plan.steps()) {
            if (step.accepted()) {
                rows.append(row(step, plan)).append('\n');
            }
        }
        NewFile.write(file, out -> out.write(rows.toString().getBytes(StandardCharsets.UTF_8)));
    }

    private static String row(SearchStep step, QuantizationPlan plan) {
        TaskLosses losses = step.losses();
        return String.format(
                Locale.ROOT,
                "%d,%d,%.4f,%.6g,%.6g,%.6g,%.6g,%.6g",
                step.number(),
                step.bytes(),
                step.compressionRatio(),
                losses.weighted(plan.taskWeights()),
                losses.classification(),
                losses.regression(),
                step.predicted(),
                step.measured());
    }
}
