package dev.dhmq.cli;

import dev.dhmq.InvalidInputException;
import dev.dhmq.data.CocoDataset;
import dev.dhmq.eval.CocoEvaluator;
import dev.dhmq.eval.CocoMetrics;
import dev.dhmq.eval.CocoResult;
import dev.dhmq.eval.CocoResults;
import dev.dhmq.eval.DetectorEvaluation;
import dev.dhmq.export.PlanJson;
import dev.dhmq.model.DetectionModel;
import dev.dhmq.model.DetectorCheckpoint;
import dev.dhmq.model.DetectorConfig;
import dev.dhmq.model.HookedLayers;
import dev.dhmq.model.LearnedScales;
import dev.dhmq.model.checkpoint.ModelDirectory;
import dev.dhmq.model.integer.IntegerArithmetic;
import dev.dhmq.quant.ActivationQuantization;
import dev.dhmq.quant.BitAssignment;
import dev.dhmq.tensor.Backend;
import java.io.PrintWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.ArgGroup;
import picocli.CommandLine.Command;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParentCommand;
import picocli.CommandLine.Spec;

/** {@code dhmq eval}: COCO's twelve numbers of a detector, as it is or quantized, or of a file of detections. */
@Command(
        name = "eval",
        description = "Judges a detector, or a file of detections, by COCO's twelve numbers.",
        footer = {
            "  dhmq eval --model cells --images photos --annotations val.json",
            "  dhmq eval --model cells --plan cells-8x/plan.json \\",
            "      --images photos --annotations val.json",
            "  dhmq eval --model cells --uniform-bits 4 --images photos \\",
            "      --annotations val.json --json",
            "  dhmq eval --detections detections.json --annotations val.json --json"
        })
final class EvalCommand implements Callable<Integer> {
    @ParentCommand
    private Main main;

    @Spec
    private CommandSpec spec;

    @ArgGroup(exclusive = true, multiplicity = "1")
    private Judged judged;

    @Option(
            names = "--annotations",
            required = true,
            paramLabel = "FILE",
            description = "The truth: a COCO file, or Pascal VOC's, as with dhmq train.")
    private Path annotations;

    @Option(names = "--images", paramLabel = "DIR", description = "Folder of the pictures; needed with --model.")
    private @Nullable Path images;

    @ArgGroup(exclusive = true, multiplicity = "0..1")
    private @Nullable Quantization quantization;

    @Option(names = "--json", description = "Print one JSON object instead of a table.")
    private boolean json;

    @Mixin
    private ComputeOptions compute;

    /** What is judged. */
    private static final class Judged {
        @Option(names = "--model", required = true, paramLabel = "DIR", description = "Folder of a trained detector.")
        private @Nullable Path model;

        @Option(
                names = "--detections",
                required = true,
                paramLabel = "FILE",
                description = "Detections as a COCO results file: an array of image_id, category_id, bbox and score.")
        private @Nullable Path detections;
    }

    /** How the model is quantized first. */
    private static final class Quantization {
        @Option(
                names = "--plan",
                required = true,
                paramLabel = "FILE",
                description = "Quantize the weights, and the activations where it has some, by this plan.")
        private @Nullable Path plan;

        @Option(
                names = "--uniform-bits",
                required = true,
                paramLabel = "N",
                converter = Width.class,
                description = "Quantize all weights to this many bits, from 2 to 8.")
        private @Nullable Integer uniformBits;
    }

    static final class Width implements ITypeConverter<Integer> {
        @Override
        public Integer convert(String text) {
            return Numbers.integer(text, 2, 8);
        }
    }

    @Override
    public Integer call() {
        CocoMetrics metrics = judged.model != null ? judge(judged.model) : judgeFile();
        PrintWriter out = spec.commandLine().getOut();
        out.println(json ? MetricsText.json(metrics) : MetricsText.table(metrics));
        return ExitCode.FINE;
    }

    private CocoMetrics judgeFile() {
        if (quantization != null || judged.detections == null) {
            throw new InvalidInputException(
                    "--plan and --uniform-bits quantize a model; name it with --model instead of --detections.");
        }
        CocoDataset truth = CocoDataset.read(annotations).requireObjects();
        List<CocoResult> results = CocoResults.read(judged.detections);
        return CocoEvaluator.evaluate(truth, results);
    }

    private CocoMetrics judge(Path folder) {
        if (images == null || !Files.isDirectory(images)) {
            throw new InvalidInputException(
                    images == null
                            ? "--model needs --images, the folder of the pictures."
                            : "--images " + images + " is not a folder; name the one the pictures are in.");
        }
        CocoDataset truth = CocoDataset.read(
                        annotations,
                        images,
                        new ModelDirectory(folder).readConfig().classes())
                .requireObjects();
        compute.applyThreads();
        try (DetectionModel model = DetectorCheckpoint.load(folder, report -> main.note(report.sentence()));
                Backend backend = compute.openBackend()) {
            Optional<PlanJson.Stored> plan = plan(folder);
            LearnedScales learned = LearnedScales.read(folder, model.weights().layout());
            List<ActivationQuantization> activations =
                    plan.map(PlanJson.Stored::activations).orElse(List.of());
            try (HookedLayers _ = assignment(model, plan)
                    .map(bits -> IntegerArithmetic.apply(model, backend, bits, learned, activations))
                    .orElseGet(() -> HookedLayers.unchanged(model))) {
                DetectorConfig config = model.config();
                return new DetectorEvaluation(truth, truth.samples(config)).evaluate(model, main.progress());
            }
        }
    }

    private Optional<BitAssignment> assignment(DetectionModel model, Optional<PlanJson.Stored> plan) {
        if (quantization != null && quantization.uniformBits != null) {
            return Optional.of(BitAssignment.uniform(model.weights().layout(), quantization.uniformBits));
        }
        return plan.map(PlanJson.Stored::assignment);
    }

    private Optional<PlanJson.Stored> plan(Path folder) {
        if (quantization == null || quantization.plan == null) {
            return Optional.empty();
        }
        return Optional.of(ModelPlan.read(quantization.plan, folder));
    }
}
