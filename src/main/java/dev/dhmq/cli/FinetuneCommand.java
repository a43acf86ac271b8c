package dev.dhmq.cli;

import dev.dhmq.InvalidInputException;
import dev.dhmq.data.CalibrationSet;
import dev.dhmq.data.CocoDataset;
import dev.dhmq.eval.DetectorEvaluation;
import dev.dhmq.export.PlanCopy;
import dev.dhmq.export.PlanJson;
import dev.dhmq.model.CorrectedQuantization;
import dev.dhmq.model.DetectionModel;
import dev.dhmq.model.DetectorCheckpoint;
import dev.dhmq.model.DetectorConfig;
import dev.dhmq.model.LearnedScales;
import dev.dhmq.model.OutputStatistics;
import dev.dhmq.model.Sample;
import dev.dhmq.model.checkpoint.ModelDirectory;
import dev.dhmq.quant.ActivationQuantization;
import dev.dhmq.quant.BitAssignment;
import dev.dhmq.tensor.Backend;
import dev.dhmq.tensor.ParameterLayout;
import dev.dhmq.train.QuantizationAwareSettings;
import dev.dhmq.train.QuantizationAwareTraining;
import dev.dhmq.train.TrainingRun;
import dev.dhmq.train.TrainingSettings;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParentCommand;
import picocli.CommandLine.Spec;

/** {@code dhmq finetune}: quantization-aware training of a detector whose bits a plan has fixed. */
@Command(
        name = "finetune",
        description = {
            "Trains a detector's quantized weights, and writes the quantized detector.",
            "Begins with what dhmq correct does, unless that was done before. A plan's quantized activations have their"
                    + " ranges chosen again at the end."
        },
        footer = {
            "  dhmq finetune --model cells --plan cells-12x/plan.json --epochs 10 \\",
            "      --images photos --annotations train.json --val-annotations val.json \\",
            "      --out cells-12x-tuned",
            "  dhmq eval --model cells-12x-tuned --images photos --annotations val.json"
        })
final class FinetuneCommand implements Callable<Integer> {
    @ParentCommand
    private Main main;

    @Spec
    private CommandSpec spec;

    @Option(names = "--model", required = true, paramLabel = "DIR", description = "Folder of the trained detector.")
    private Path folder;

    @Option(
            names = "--plan",
            required = true,
            paramLabel = "FILE",
            description = "The plan that dhmq search made for it.")
    private Path plan;

    @Mixin
    private DataOptions data;

    @Mixin
    private OutOption out;

    @Mixin
    private ComputeOptions compute;

    @Mixin
    private SeedOption seed;

    @Mixin
    private FinetuneOptions finetune;

    @Option(
            names = "--calibration-images",
            defaultValue = "16",
            paramLabel = "N",
            converter = Numbers.AtLeastZero.class,
            description = "Images to measure outputs and activations on, drawn from the annotated ones by the seed"
                    + " (default: 16; 0: the outputs are not corrected first, and activations keep their ranges).")
    private int calibrationImages;

    @Option(
            names = "--val-annotations",
            paramLabel = "FILE",
            description = "Annotations of other pictures in the same folder, to judge the result on.")
    private @Nullable Path valAnnotations;

    @Option(
            names = "--eval-every",
            defaultValue = "1",
            paramLabel = "N",
            converter = Numbers.AtLeastOne.class,
            description = "Epochs from one judgement on these to the next; the best is kept (default: 1).")
    private int evalEvery;

    @Override
    public Integer call() {
        DetectorConfig config = new ModelDirectory(folder).readConfig();
        if (config.detector().equals(DetectorConfig.TORCHSCRIPT)) {
            throw new InvalidInputException(folder
                    + " holds a scripted detector, which cannot be written again with other weights; fine-tune where"
                    + " it was exported from, or use a RetinaNet or Faster R-CNN.");
        }
        PlanJson.Stored stored = ModelPlan.read(plan, folder).requireQuantized(plan);
        CocoDataset dataset = data.read(config.classes());
        CocoDataset validation = valAnnotations == null
                ? null
                : CocoDataset.read(valAnnotations, data.images(), config.classes())
                        .requireObjects();
        TrainingSettings settings = finetune.training(seed.value());
        QuantizationAwareSettings quantization = finetune.quantization();
        Path results = out.makeBeside(folder, "last");
        compute.applyThreads();
        List<Sample> calibration = calibrationImages == 0
                ? List.of()
                : CalibrationSet.draw(dataset.samples(config), calibrationImages, seed.value());
        try (Backend backend = compute.openBackend();
                DetectionModel model = DetectorCheckpoint.load(folder, report -> main.note(report.sentence()));
                DetectionModel teacher = quantization.distillation() > 0 ? DetectorCheckpoint.load(folder) : null) {
            TrainingRun.Validation judge = validation == null
                    ? null
                    : new TrainingRun.Validation(
                            new DetectorEvaluation(validation, validation.samples(config)), evalEvery);
            TrainingRun.Result result = TrainingRun.quantizationAware(
                            model,
                            teacher,
                            start(model, backend, stored.assignment(), calibration, quantization),
                            dataset.samples(config),
                            settings,
                            results,
                            judge)
                    .run(main.progress());
            report(result, results);
        }
        PlanCopy.write(
                plan,
                results.resolve("plan.json"),
                new ModelDirectory(results).sha256(),
                calibration.isEmpty() ? List.of() : ranges(stored, results, calibration));
        return ExitCode.FINE;
    }

    /** What is trained on: the quantized weights, corrected unless they lie on their grid already. */
    private QuantizationAwareTraining.Start start(
            DetectionModel model,
            Backend backend,
            BitAssignment assignment,
            List<Sample> calibration,
            QuantizationAwareSettings quantization) {
        ParameterLayout layout = model.weights().layout();
        LearnedScales scales = LearnedScales.read(folder, layout);
        if (calibration.isEmpty() || scales.fit(layout, assignment.over(layout))) {
            return new QuantizationAwareTraining.Start(backend, assignment, scales, 0, quantization);
        }
        LearnedScales corrected = CorrectedQuantization.apply(
                model, backend, assignment, scales, OutputStatistics.of(model, calibration));
        return new QuantizationAwareTraining.Start(backend, assignment, corrected, calibration.size(), quantization);
    }

    /** Training moves what activations were observed for; the weights are those of the epoch that was kept. */
    private static List<ActivationQuantization> ranges(PlanJson.Stored plan, Path results, List<Sample> calibration) {
        try (DetectionModel kept = DetectorCheckpoint.load(results)) {
            return ActivationRanges.again(plan, kept, calibration);
        }
    }

    private void report(TrainingRun.Result result, Path results) {
        PrintWriter printed = spec.commandLine().getOut();
        if (result.resumedAfter() > 0) {
            printed.println("Went on after epoch " + result.resumedAfter() + ", where it had been stopped.");
        }
        String judged = Double.isNaN(result.ap()) ? "" : String.format(Locale.ROOT, " (AP %.4f)", result.ap());
        printed.println("Wrote epoch " + result.epoch() + judged + " to " + results.resolve("model.safetensors")
                + ", with model.json, scales.safetensors and plan.json beside it.");
    }
}
