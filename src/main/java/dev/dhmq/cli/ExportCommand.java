package dev.dhmq.cli;

import dev.dhmq.InvalidInputException;
import dev.dhmq.export.PlanJson;
import dev.dhmq.export.onnx.OnnxExport;
import dev.dhmq.model.DetectionModel;
import dev.dhmq.model.DetectorCheckpoint;
import dev.dhmq.model.DetectorConfig;
import dev.dhmq.model.LearnedScales;
import dev.dhmq.tensor.Backend;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Locale;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParentCommand;
import picocli.CommandLine.Spec;

/** {@code dhmq export}: a detector, as it is or quantized, as one ONNX file. */
@Command(
        name = "export",
        description = "Writes a detector as one ONNX file: an image in, boxes, scores and labels out.",
        footer = {
            "  dhmq export --model cells --out cells.onnx",
            "  dhmq export --model cells --plan cells-8x/plan.json --out cells-8x.onnx",
            "  dhmq export --model cells --any-size --out cells-any.onnx"
        })
final class ExportCommand implements Callable<Integer> {
    @ParentCommand
    private Main main;

    @Spec
    private CommandSpec spec;

    @Option(names = "--model", required = true, paramLabel = "DIR", description = "Folder of a trained detector.")
    private Path model;

    @Option(
            names = "--plan",
            paramLabel = "FILE",
            description = "Quantize the weights, and the activations where it has some, by this plan.")
    private @Nullable Path plan;

    @Option(
            names = "--any-size",
            description = "Take images of any size and resize them inside; boxes are in pixels of the image. Otherwise"
                    + " images come at the network's size, and boxes are in pixels of that.")
    private boolean anySize;

    @Option(names = "--out", required = true, paramLabel = "FILE", description = "The file to write.")
    private Path out;

    @Mixin
    private ComputeOptions compute;

    @Override
    public Integer call() throws IOException {
        if (Files.isDirectory(out)) {
            throw new InvalidInputException(
                    "--out " + out + " is a folder; name a file to write, such as " + out.resolve("model.onnx") + ".");
        }
        compute.applyThreads();
        try (DetectionModel detector = DetectorCheckpoint.load(model, report -> main.note(report.sentence()))) {
            OnnxExport export = plan == null ? OnnxExport.of(detector) : quantized(detector, plan);
            DetectorConfig config = detector.config();
            if (anySize) {
                export.writeForAnySize(out);
            } else {
                export.write(out, config.width(), config.height());
            }
            spec.commandLine().getOut().println(sentence(config));
        }
        return ExitCode.FINE;
    }

    private OnnxExport quantized(DetectionModel detector, Path file) {
        PlanJson.Stored stored = ModelPlan.read(file, model);
        LearnedScales learned = LearnedScales.read(model, detector.weights().layout());
        try (Backend backend = compute.openBackend()) {
            return OnnxExport.quantized(detector, backend, stored.assignment(), learned, stored.activations());
        }
    }

    private String sentence(DetectorConfig config) throws IOException {
        return String.format(
                Locale.ROOT,
                "%s: %.1f MB; image [1, 3, %s] in, boxes, scores and labels out.",
                out,
                Files.size(out) / 1e6,
                anySize ? "height, width" : config.height() + ", " + config.width());
    }
}
