package dev.dhmq.train;

import dev.dhmq.eval.CocoMetrics;
import dev.dhmq.files.NewFile;
import dev.dhmq.search.TaskLosses;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * How a training went, as comma separated values.
 *
 * @param rows one an epoch
 */
record TrainingCurve(List<String> rows) {
    private static final String HEADER = "epoch,learning_rate,loss_classification,loss_regression,AP,AP50,AP75,seconds";

    TrainingCurve {
        rows = List.copyOf(rows);
    }

    /** The curve with one more epoch; its metrics are empty where it was not judged. */
    TrainingCurve with(
            int epoch, double learningRate, TaskLosses losses, @Nullable CocoMetrics metrics, double seconds) {
        String judged = metrics == null
                ? ",,"
                : String.format(Locale.ROOT, "%.4f,%.4f,%.4f", metrics.ap(), metrics.ap50(), metrics.ap75());
        String row = String.format(
                Locale.ROOT,
                "%d,%.3g,%.5f,%.5f,%s,%.1f",
                epoch,
                learningRate,
                losses.classification(),
                losses.regression(),
                judged,
                seconds);
        return new TrainingCurve(Stream.concat(rows.stream(), Stream.of(row)).toList());
    }

    /** All rows, one a line. */
    String text() {
        return String.join("\n", rows);
    }

    /** What {@link #text} gave. */
    static TrainingCurve parse(String text) {
        return new TrainingCurve(text.isEmpty() ? List.of() : List.of(text.split("\n", -1)));
    }

    /** Writes it, whole or not at all. */
    void write(Path file) {
        NewFile.write(file, out -> out.write((HEADER + "\n" + text() + "\n").getBytes(StandardCharsets.UTF_8)));
    }
}
