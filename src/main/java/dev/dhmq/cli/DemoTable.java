package dev.dhmq.cli;

import dev.dhmq.Progress;
import dev.dhmq.eval.CocoMetrics;
import dev.dhmq.eval.DetectorEvaluation;
import dev.dhmq.model.DetectionModel;
import dev.dhmq.model.FakeQuantization;
import dev.dhmq.quant.BitAssignment;
import dev.dhmq.quant.QuantizedSize;
import dev.dhmq.tensor.Backend;
import dev.dhmq.tensor.DeviceVector;
import dev.dhmq.tensor.ParameterLayout;
import dev.dhmq.tensor.SharedVector;
import java.io.PrintWriter;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/** The demo's rows: each an assignment of bits, its size, and what the model so quantized detects. */
final class DemoTable {
    private final DetectionModel model;
    private final Backend backend;
    private final DetectorEvaluation evaluation;
    private final Progress progress;
    private final List<String> rows = new ArrayList<>();

    DemoTable(DetectionModel model, Backend backend, DetectorEvaluation evaluation, Progress progress) {
        this.model = model;
        this.backend = backend;
        this.evaluation = evaluation;
        this.progress = progress;
        rows.add(String.format(
                "%-16s %10s %9s %9s %7s %7s %9s", "weights", "bytes", "smaller", "mean bits", "AP", "AP50", "seconds"));
    }

    /** The model as it is. */
    void addFloat() {
        ParameterLayout layout = model.weights().layout();
        add("float", new int[layout.layers().size()], 0);
    }

    /**
     * The model quantized by this assignment; it has its float weights again afterwards.
     *
     * @param seconds what finding the assignment took
     */
    void add(String name, BitAssignment assignment, double seconds) {
        ParameterLayout layout = model.weights().layout();
        try (SharedVector weights = backend.share(model.weights().weights());
                DeviceVector floats = backend.allocate(layout.size())) {
            weights.fetch();
            backend.copy(weights.vector(), floats);
            FakeQuantization.apply(model, backend, assignment);
            add(name, assignment.over(layout), seconds);
            backend.copy(floats, weights.vector());
            weights.publish();
        }
    }

    private void add(String name, int[] bits, double seconds) {
        ParameterLayout layout = model.weights().layout();
        CocoMetrics metrics = evaluation.evaluate(model, progress);
        rows.add(String.format(
                Locale.ROOT,
                "%-16s %10d %8.2fx %9.2f %7.3f %7.3f %9.1f",
                name,
                QuantizedSize.bytes(layout, bits),
                QuantizedSize.compressionRatio(layout, bits),
                QuantizedSize.meanBits(layout, bits),
                metrics.ap(),
                metrics.ap50(),
                seconds));
    }

    void print(PrintWriter out) {
        rows.forEach(out::println);
    }
}
