package dev.dhmq.cli;

import dev.dhmq.InvalidInputException;
import dev.dhmq.train.OptimizerSettings;
import dev.dhmq.train.Schedule;
import dev.dhmq.train.TrainingSettings;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/** Mixin: how to train. */
final class TrainingOptions {
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
            names = "--optimizer",
            defaultValue = "adamw",
            paramLabel = "OPTIMIZER",
            converter = OptimizerNames.class,
            completionCandidates = OptimizerNames.class,
            description = "adamw (default) or sgd.")
    private OptimizerChoice optimizer;

    @Option(
            names = "--learning-rate",
            paramLabel = "X",
            description = "Highest learning rate of the schedule (default: 0.002, with sgd 0.01).")
    private @Nullable Double learningRate;

    @Option(names = "--weight-decay", paramLabel = "X", description = "Weight decay (default: 0.01, with sgd 0.0001).")
    private @Nullable Double weightDecay;

    @Option(
            names = "--momentum",
            defaultValue = "0.9",
            paramLabel = "X",
            description = "Momentum of sgd (default: 0.9).")
    private double momentum;

    @Option(
            names = "--schedule",
            defaultValue = "one-cycle",
            paramLabel = "SCHEDULE",
            converter = ScheduleNames.class,
            completionCandidates = ScheduleNames.class,
            description = "The learning rate's way: one-cycle (default), cosine or constant.")
    private ScheduleChoice schedule;

    @Option(
            names = "--warm-up",
            defaultValue = "100",
            paramLabel = "N",
            converter = Numbers.AtLeastZero.class,
            description = "Steps in which the learning rate of cosine and constant rises (default: 100).")
    private int warmUp;

    @Option(
            names = "--clip-norm",
            defaultValue = "10",
            paramLabel = "X",
            description = "Longer gradients are shortened to this (default: 10).")
    private double largestGradientNorm;

    @Option(
            names = "--average",
            defaultValue = "0",
            paramLabel = "X",
            description = "Judge and save the exponential moving average of the weights with this decay, such as 0.998"
                    + " (default: 0, the weights themselves).")
    private double averageDecay;

    @Option(
            names = "--vertical-flips",
            description = "Also flip images upside down: for pictures without an up, such as microscopy.")
    private boolean verticalFlips;

    /** The options' optimizers. */
    enum OptimizerChoice {
        ADAMW,
        SGD
    }

    /** The options' schedules. */
    enum ScheduleChoice {
        ONE_CYCLE,
        COSINE,
        CONSTANT
    }

    static final class OptimizerNames extends NamedChoice<OptimizerChoice> {
        OptimizerNames() {
            super(Stream.of(OptimizerChoice.values()), NamedChoice::label);
        }
    }

    static final class ScheduleNames extends NamedChoice<ScheduleChoice> {
        ScheduleNames() {
            super(Stream.of(ScheduleChoice.values()), NamedChoice::label);
        }
    }

    /**
     * The settings.
     *
     * @throws InvalidInputException where a number makes no sense
     */
    TrainingSettings settings(long seed) {
        try {
            return new TrainingSettings(
                    epochs,
                    batch,
                    optimizerSettings(),
                    scheduleSettings(),
                    largestGradientNorm,
                    averageDecay,
                    verticalFlips,
                    seed);
        } catch (IllegalArgumentException e) {
            throw new InvalidInputException(String.valueOf(e.getMessage()), e);
        }
    }

    private OptimizerSettings optimizerSettings() {
        return switch (optimizer) {
            case ADAMW ->
                new OptimizerSettings.AdamW(
                        learningRate == null ? 0.002 : learningRate, weightDecay == null ? 0.01 : weightDecay);
            case SGD ->
                new OptimizerSettings.Sgd(
                        learningRate == null ? 0.01 : learningRate, momentum, weightDecay == null ? 1e-4 : weightDecay);
        };
    }

    private Schedule scheduleSettings() {
        return switch (schedule) {
            case ONE_CYCLE -> new Schedule.OneCycle();
            case COSINE -> new Schedule.Cosine(warmUp);
            case CONSTANT -> new Schedule.Constant(warmUp);
        };
    }
}
