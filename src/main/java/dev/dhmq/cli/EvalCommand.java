package dev.dhmq.cli;

import dev.dhmq.data.CocoDataset;
import dev.dhmq.eval.CocoEvaluator;
import dev.dhmq.eval.CocoMetrics;
import dev.dhmq.eval.CocoResults;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** {@code dhmq eval}: COCO's twelve numbers of detections. */
@Command(
        name = "eval",
        description = "Judges detections by COCO's twelve numbers.",
        footer = {
            "  dhmq eval --detections detections.json --annotations val.json",
            "  dhmq eval --detections detections.json --annotations val.json --json"
        })
final class EvalCommand implements Callable<Integer> {
    @Spec
    private CommandSpec spec;

    @Option(
            names = "--detections",
            required = true,
            paramLabel = "FILE",
            description = "Detections as a COCO results file: an array of image_id, category_id, bbox and score.")
    private Path detections;

    @Option(
            names = "--annotations",
            required = true,
            paramLabel = "FILE",
            description = "The truth as a COCO annotation file.")
    private Path annotations;

    @Option(names = "--json", description = "Print one JSON object instead of a table.")
    private boolean json;

    @Override
    public Integer call() {
        CocoDataset truth = CocoDataset.read(annotations).requireObjects();
        CocoMetrics metrics = CocoEvaluator.evaluate(truth, CocoResults.read(detections));
        PrintWriter out = spec.commandLine().getOut();
        out.println(json ? MetricsText.json(metrics) : MetricsText.table(metrics));
        return ExitCode.FINE;
    }
}
