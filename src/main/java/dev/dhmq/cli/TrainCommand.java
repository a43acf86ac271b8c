package dev.dhmq.cli;

import dev.dhmq.InvalidInputException;
import dev.dhmq.data.CocoDataset;
import dev.dhmq.data.SampleSource;
import dev.dhmq.eval.CocoMetrics;
import dev.dhmq.eval.DetectorEvaluation;
import dev.dhmq.model.DetectorCheckpoint;
import dev.dhmq.model.DetectorConfig;
import dev.dhmq.model.TorchvisionDetector;
import dev.dhmq.train.Trainer;
import dev.dhmq.train.TrainingSettings;
import java.nio.file.Path;
import java.util.Map;
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
    /** An interrupted training leaves a model that is at most this many epochs behind. */
    private static final int EPOCHS_BETWEEN_SAVES = 5;

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
    private ArchitectureOptions architecture;

    @Option(
            names = "--epochs",
            defaultValue = "30",
            paramLabel = "N",
            converter = Numbers.AtLeastOne.class,
            description = "Passes over the images (default: 30).")
    private int epochs;

    @Option(
            names = "--batch",
            defaultValue = "4",
            paramLabel = "N",
            converter = Numbers.AtLeastOne.class,
            description = "Images a step (default: 4).")
    private int batch;

    @Option(
            names = "--learning-rate",
            defaultValue = "0.002",
            paramLabel = "X",
            description = "Highest learning rate of the one-cycle schedule (default: 0.002).")
    private double learningRate;

    @Option(
            names = "--weight-decay",
            defaultValue = "0.01",
            paramLabel = "X",
            description = "AdamW's weight decay (default: 0.01).")
    private double weightDecay;

    @Option(
            names = "--vertical-flips",
            description = "Also flip images upside down: for pictures without an up, such as microscopy.")
    private boolean verticalFlips;

    @Option(
            names = "--val-annotations",
            paramLabel = "FILE",
            description = "Annotations of other pictures in the same folder, to judge the result on.")
    private @Nullable Path valAnnotations;

    @Override
    public Integer call() {
        CocoDataset dataset = data.read();
        CocoDataset validation = valAnnotations == null
                ? null
                : CocoDataset.read(valAnnotations, data.images()).requireObjects();
        DetectorConfig config = architecture.config(dataset);
        TrainingSettings settings = settings();
        Path folder = out.make();
        compute.applyThreads();
        try (TorchvisionDetector model = TorchvisionDetector.create(config)) {
            model.initialize(compute.seed());
            SampleSource samples = samples(dataset, config);
            new Trainer(model, samples, settings, main.progress()).train(epoch -> {
                if (epoch % EPOCHS_BETWEEN_SAVES == 0 || epoch == epochs) {
                    DetectorCheckpoint.save(folder, model, metadata(epoch));
                }
            });
            if (validation != null) {
                CocoMetrics metrics = new DetectorEvaluation(validation, samples(validation, config))
                        .evaluate(model, main.progress());
                spec.commandLine().getOut().println(MetricsText.table(metrics));
            }
        }
        spec.commandLine()
                .getOut()
                .println("Wrote " + folder.resolve("model.safetensors") + " and model.json beside it.");
        return ExitCode.FINE;
    }

    private TrainingSettings settings() {
        try {
            return new TrainingSettings(epochs, batch, learningRate, weightDecay, verticalFlips, compute.seed());
        } catch (IllegalArgumentException e) {
            throw new InvalidInputException(String.valueOf(e.getMessage()), e);
        }
    }

    private static SampleSource samples(CocoDataset dataset, DetectorConfig config) {
        return dataset.samples(config);
    }

    private Map<String, String> metadata(int epoch) {
        return Map.of("format", "pt", "epochs", epoch + " of " + epochs, "seed", Long.toString(compute.seed()));
    }
}
