package dev.dhmq.train;

import dev.dhmq.InvalidInputException;
import dev.dhmq.Progress;
import dev.dhmq.data.SampleSource;
import dev.dhmq.eval.CocoMetrics;
import dev.dhmq.eval.DetectorEvaluation;
import dev.dhmq.model.DetectionModel;
import dev.dhmq.search.TaskLosses;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * A training that leaves its results in a folder, and goes on from there where it was stopped.
 *
 * <p>After every epoch the folder holds {@code training.safetensors}, all that the next epoch depends on, and {@code
 * curve.csv}. {@code model.safetensors} is the best epoch that was judged, or the last one where none is; {@code last/} holds
 * the last epoch of a training that is judged. A process that is killed and started again with the same options ends with
 * the same weights, bit for bit, on the same number of threads. When it is done the state is deleted.
 */
public final class TrainingRun {
    private final DetectionModel model;
    private final SampleSource samples;
    private final TrainingSettings settings;
    private final Path folder;
    private final @Nullable Validation validation;
    private final Supplier<Training> start;
    private final String kind;

    /**
     * How a training is judged on the way.
     *
     * @param evaluation on images that are not trained on
     * @param every epochs from one judgement to the next; the last epoch is always judged
     */
    public record Validation(DetectorEvaluation evaluation, int every) {}

    /**
     * What came of it.
     *
     * @param resumedAfter epochs that an earlier process had done, 0 where there was none
     * @param epoch the epoch in {@code model.safetensors}
     * @param ap its AP on the validation images; NaN where there are none
     */
    public record Result(int resumedAfter, int epoch, double ap) {}

    /** Prepares a training; the model must be initialised or loaded, and the folder be there. */
    public TrainingRun(
            DetectionModel model,
            SampleSource samples,
            TrainingSettings settings,
            Path folder,
            @Nullable Validation validation) {
        this(model, samples, settings, folder, validation, () -> new Trainer(model, samples, settings), "");
    }

    private TrainingRun(
            DetectionModel model,
            SampleSource samples,
            TrainingSettings settings,
            Path folder,
            @Nullable Validation validation,
            Supplier<Training> start,
            String kind) {
        this.model = model;
        this.samples = samples;
        this.settings = settings;
        this.folder = folder;
        this.validation = validation;
        this.start = start;
        this.kind = kind;
    }

    /**
     * Prepares quantization-aware training of a loaded model; every result folder also gets the learned scales.
     *
     * @param teacher the float model to be distilled from, which must outlive the run; null where the settings want none
     */
    public static TrainingRun quantizationAware(
            DetectionModel model,
            @Nullable DetectionModel teacher,
            QuantizationAwareTraining.Start quantized,
            SampleSource samples,
            TrainingSettings settings,
            Path folder,
            @Nullable Validation validation) {
        Supplier<Training> start = () -> new QuantizationAwareTraining(model, teacher, quantized, samples, settings);
        return new TrainingRun(
                model, samples, settings, folder, validation, start, ", quantized by " + quantized.describe());
    }

    /**
     * Trains to the end.
     *
     * @throws InvalidInputException where the folder holds the state of another training
     */
    public Result run(Progress progress) {
        try (Training trainer = start.get()) {
            TrainingState state = resume(trainer);
            int resumedAfter = state.epoch();
            long remaining = (long) trainer.stepsPerEpoch() * (settings.epochs() - resumedAfter);
            try (Progress.Task task = progress.start("Training", remaining)) {
                while (state.epoch() < settings.epochs()) {
                    state = epoch(state, trainer, task);
                    state.save(stateFile(), fingerprint(), trainer.state());
                    state.curve().write(folder.resolve("curve.csv"));
                }
            }
            deleteState();
            return state.bestEpoch() == 0
                    ? new Result(resumedAfter, state.epoch(), Double.NaN)
                    : new Result(resumedAfter, state.bestEpoch(), state.bestAp());
        }
    }

    private TrainingState epoch(TrainingState before, Training trainer, Progress.Task task) {
        int epoch = before.epoch() + 1;
        long start = System.nanoTime();
        double learningRate = trainer.learningRate();
        TaskLosses losses = trainer.epoch(epoch, task);
        AtomicReference<@Nullable CocoMetrics> judged = new AtomicReference<>();
        trainer.onResult(() -> judged.set(judgeAndSave(before, epoch, trainer)));
        CocoMetrics metrics = judged.get();
        TrainingCurve curve =
                before.curve().with(epoch, learningRate, losses, metrics, (System.nanoTime() - start) / 1e9);
        return metrics != null && isBest(metrics, before)
                ? new TrainingState(epoch, epoch, metrics.ap(), curve)
                : new TrainingState(epoch, before.bestEpoch(), before.bestAp(), curve);
    }

    private @Nullable CocoMetrics judgeAndSave(TrainingState before, int epoch, Training trainer) {
        if (validation == null) {
            save(trainer, folder, epoch);
            return null;
        }
        save(trainer, folder.resolve("last"), epoch);
        if (epoch % validation.every() != 0 && epoch != settings.epochs()) {
            return null;
        }
        CocoMetrics metrics = validation.evaluation().evaluate(model, Progress.NONE);
        if (isBest(metrics, before)) {
            save(trainer, folder, epoch);
        }
        return metrics;
    }

    /** A class without any object in the validation images leaves AP undefined: then every epoch is as good. */
    private static boolean isBest(CocoMetrics metrics, TrainingState before) {
        return !(metrics.ap() <= before.bestAp());
    }

    private void save(Training trainer, Path where, int epoch) {
        try {
            Files.createDirectories(where);
        } catch (IOException e) {
            throw new InvalidInputException(where + " cannot be made as a folder; name one that can be written to.", e);
        }
        trainer.save(
                where,
                Map.of(
                        "format",
                        "pt",
                        "epochs",
                        epoch + " of " + settings.epochs(),
                        "seed",
                        Long.toString(settings.seed())));
    }

    private TrainingState resume(Training trainer) {
        if (!Files.exists(stateFile())) {
            return TrainingState.START;
        }
        TrainingState state = TrainingState.load(stateFile(), fingerprint(), trainer.state());
        trainer.resumeAfter(state.epoch());
        return state;
    }

    private String fingerprint() {
        return settings + " on " + samples.size() + " images, judged every "
                + (validation == null ? "never" : validation.every()) + ", " + model.config() + kind;
    }

    private Path stateFile() {
        return folder.resolve("training.safetensors");
    }

    private void deleteState() {
        try {
            Files.deleteIfExists(stateFile());
        } catch (IOException e) {
            throw new InvalidInputException(stateFile() + " is no longer needed but cannot be deleted; delete it.", e);
        }
    }
}
