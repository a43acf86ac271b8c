package dev.dhmq.cli;

import dev.dhmq.InvalidInputException;
import dev.dhmq.data.CalibrationSet;
import dev.dhmq.data.CocoDataset;
import dev.dhmq.export.PlanCopy;
import dev.dhmq.export.PlanJson;
import dev.dhmq.model.CompensatedWeights;
import dev.dhmq.model.CorrectedQuantization;
import dev.dhmq.model.DetectionModel;
import dev.dhmq.model.DetectorCheckpoint;
import dev.dhmq.model.HookedLayers;
import dev.dhmq.model.LearnedScales;
import dev.dhmq.model.OutputStatistics;
import dev.dhmq.model.Sample;
import dev.dhmq.model.checkpoint.ModelDirectory;
import dev.dhmq.quant.BitAssignment;
import dev.dhmq.search.CurvatureCompensation;
import dev.dhmq.tensor.Backend;
import dev.dhmq.tensor.ParameterLayout;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParentCommand;
import picocli.CommandLine.Spec;

/** {@code dhmq correct}: what can be mended after quantization without training. */
@Command(
        name = "correct",
        description = {
            "Quantizes a detector by a plan and gives its layers' outputs the mean and the deviation back that they had in"
                    + " float32. A plan's quantized activations have their ranges chosen again behind it.",
            "Takes a few passes over a few pictures and no training; scales and biases take up the correction, so the detector"
                    + " is neither larger nor slower. --compensate moves weights before, so that layers make up for what"
                    + " others lose; it needs no annotations either, and as many gradients as steps or a few more."
        },
        footer = {
            "  dhmq correct --model cells --plan cells-12x/plan.json --images photos \\",
            "      --annotations train.json --out cells-12x-corrected",
            "  dhmq correct --compensate 10 --model cells --plan cells-12x/plan.json \\",
            "      --images photos --annotations train.json --out cells-12x-compensated",
            "  dhmq eval --model cells-12x-corrected --images photos --annotations val.json"
        })
final class CorrectCommand implements Callable<Integer> {
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

    @Option(
            names = "--calibration-images",
            defaultValue = "16",
            paramLabel = "N",
            converter = Numbers.AtLeastOne.class,
            description =
                    "Images to measure outputs on, all in memory at once, drawn from the annotated ones by the seed"
                            + " (default: 16).")
    private int calibrationImages;

    @Option(
            names = "--compensate",
            defaultValue = "0",
            paramLabel = "N",
            converter = Numbers.AtLeastZero.class,
            description = "Quasi-Newton steps of the weights before the correction, such as 10 (default: 0).")
    private int compensation;

    @Option(
            names = "--batch",
            defaultValue = "8",
            paramLabel = "N",
            converter = Numbers.AtLeastOne.class,
            description = "Images in memory at a time while taking gradients for --compensate (default: 8).")
    private int batch;

    @Override
    public Integer call() {
        CocoDataset dataset = data.read(new ModelDirectory(folder).readConfig().classes());
        PlanJson.Stored stored = ModelPlan.read(plan, folder).requireQuantized(plan);
        compute.applyThreads();
        try (DetectionModel model = DetectorCheckpoint.load(folder, report -> main.note(report.sentence()));
                Backend backend = compute.openBackend()) {
            HookedLayers.requireHooks(model);
            LearnedScales learned = LearnedScales.read(folder, model.weights().layout());
            requireMovable(model, stored.assignment(), learned);
            Path results = out.makeBeside(folder);
            List<Sample> samples =
                    CalibrationSet.draw(dataset.samples(model.config()), calibrationImages, seed.value());
            OutputStatistics wanted = OutputStatistics.of(model, samples);
            if (compensation > 0) {
                compensate(model, backend, stored.assignment(), samples);
            }
            LearnedScales corrected = CorrectedQuantization.apply(model, backend, stored.assignment(), learned, wanted);
            DetectorCheckpoint.save(results, model, Map.of());
            corrected.write(results);
            PlanCopy.write(
                    plan,
                    results.resolve("plan.json"),
                    new ModelDirectory(results).sha256(),
                    ActivationRanges.again(stored, model, samples));
            spec.commandLine()
                    .getOut()
                    .println("Wrote the quantized detector, corrected on " + samples.size() + " images, to "
                            + results.resolve("model.safetensors")
                            + ", with model.json, scales.safetensors and plan.json beside it.");
        }
        return ExitCode.FINE;
    }

    private void requireMovable(DetectionModel model, BitAssignment assignment, LearnedScales learned) {
        ParameterLayout layout = model.weights().layout();
        if (compensation > 0 && learned.fit(layout, assignment.over(layout))) {
            throw new InvalidInputException(folder + " holds weights that are on the plan's grid already and cannot be"
                    + " compensated; name the float detector that the plan was made for, or leave out --compensate.");
        }
    }

    private void compensate(DetectionModel model, Backend backend, BitAssignment assignment, List<Sample> samples) {
        CurvatureCompensation.Result result =
                CompensatedWeights.apply(model, backend, assignment, samples, batch, compensation, main.progress());
        spec.commandLine()
                .getOut()
                .printf(
                        Locale.ROOT,
                        "Compensated in %d steps, %d gradients: loss on the calibration images %.4g, before %.4g.%n",
                        result.steps(),
                        result.gradients(),
                        result.after().weighted(result.weights()),
                        result.before().weighted(result.weights()));
    }
}
