package dev.dhmq.cli;

import dev.dhmq.data.CocoDataset;
import dev.dhmq.eval.CocoMetrics;
import dev.dhmq.eval.DetectorEvaluation;
import dev.dhmq.model.DetectionModel;
import dev.dhmq.model.DetectorCheckpoint;
import dev.dhmq.model.DetectorConfig;
import dev.dhmq.model.TorchvisionDetector;
import dev.dhmq.train.TrainingRun;
import dev.dhmq.train.TrainingSettings;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParentCommand;
import picocli.CommandLine.Spec;

/** {@code dhmq train}: a detector from annotated photographs. */
@Command(
        name = "train",
        description = "Trains a detector from scratch and writes model.safetensors and model.json.",
        footer = {
            "  dhmq train --model retinanet --backbone resnet18 --fpn-channels 64 \\",
            "      --size 256x192 --epochs 30 --images photos --annotations train.json \\",
            "      --val-annotations val.json --out cells"
        })
final class TrainCommand implements Callable<Integer> {
    @ParentCommand
    private Main main;

    @Spec
    private CommandSpec spec;

    @Mixin
    private DataOptions data;

    @Mixin
    private OutOption out;

    @Mixin
    private ComputeOptions compute;

    @Mixin
    private SeedOption seed;

    @Mixin
    private ArchitectureOptions architecture;

    @Mixin
    private TrainingOptions training;

    @Option(
            names = "--val-annotations",
            paramLabel = "FILE",
            description = "Annotations of other pictures in the same folder, to judge the result on.")
    private @Nullable Path valAnnotations;

    @Option(
            names = "--eval-every",
            defaultValue = "5",
            paramLabel = "N",
            converter = Numbers.AtLeastOne.class,
            description = "Epochs from one judgement on these to the next; the best is kept (default: 5).")
    private int evalEvery;

    @Override
    public Integer call() {
        CocoDataset dataset = data.read(List.of());
        CocoDataset validation = valAnnotations == null
                ? null
                : CocoDataset.read(valAnnotations, data.images(), dataset.categories())
                        .requireObjects();
        DetectorConfig config = architecture.config(dataset);
        TrainingSettings settings = training.settings(seed.value());
        Path folder = out.make();
        compute.applyThreads();
        PrintWriter printed = spec.commandLine().getOut();
        try (TorchvisionDetector model = TorchvisionDetector.create(config)) {
            model.initialize(seed.value());
            TrainingRun.Validation judge = validation == null
                    ? null
                    : new TrainingRun.Validation(
                            new DetectorEvaluation(validation, validation.samples(config)), evalEvery);
            TrainingRun.Result result =
                    new TrainingRun(model, dataset.samples(config), settings, folder, judge).run(main.progress());
            if (result.resumedAfter() > 0) {
                printed.println("Went on after epoch " + result.resumedAfter() + ", where it had been stopped.");
            }
            printed.println("Wrote epoch " + result.epoch() + " to " + folder.resolve("model.safetensors")
                    + ", with model.json and curve.csv beside it.");
        }
        if (validation != null) {
            judge(folder, validation);
        }
        return ExitCode.FINE;
    }

    private void judge(Path folder, CocoDataset validation) {
        try (DetectionModel model = DetectorCheckpoint.load(folder)) {
            CocoMetrics metrics = new DetectorEvaluation(validation, validation.samples(model.config()))
                    .evaluate(model, main.progress());
            spec.commandLine().getOut().println(MetricsText.table(metrics));
        }
    }
}
