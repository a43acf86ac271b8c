package dev.dhmq.cli;

import dev.dhmq.InvalidInputException;
import dev.dhmq.train.OptimizerSettings;
import dev.dhmq.train.QuantizationAwareSettings;
import dev.dhmq.train.QuantizationAwareSettings.Method;
import dev.dhmq.train.Schedule;
import dev.dhmq.train.TrainingSettings;
import java.util.Locale;
import java.util.stream.Stream;
import picocli.CommandLine.Option;

/** Mixin: how to train quantized weights. */
final class FinetuneOptions {
    @Option(
            names = "--epochs",
            defaultValue = "10",
            paramLabel = "N",
            converter = Numbers.AtLeastOne.class,
            description = "Passes over the images (default: 10).")
    private int epochs;

    @Option(
            names = "--batch",
            defaultValue = "4",
            paramLabel = "N",
            converter = Numbers.AtLeastOne.class,
            description = "Images a step (default: 4).")
    private int batch;

    @Option(
            names = "--method",
            defaultValue = "lsq",
            paramLabel = "METHOD",
            converter = MethodNames.class,
            completionCandidates = MethodNames.class,
            description = "Scales: lsq (default) learns them, ste searches them anew before every epoch.")
    private Method method;

    @Option(
            names = "--distill",
            defaultValue = "0",
            paramLabel = "X",
            description = "Weight of the float detector's outputs on the same images, beside the annotations"
                    + " (default: 0; above it every step takes twice as long).")
    private double distillation;

    @Option(
            names = "--learning-rate",
            defaultValue = "0.0002",
            paramLabel = "X",
            description = "Highest learning rate of AdamW on the way (default: 0.0002).")
    private double learningRate;

    @Option(names = "--weight-decay", defaultValue = "0", paramLabel = "X", description = "Weight decay (default: 0).")
    private double weightDecay;

    @Option(
            names = "--schedule",
            defaultValue = "one-cycle",
            paramLabel = "SCHEDULE",
            converter = TrainingOptions.ScheduleNames.class,
            completionCandidates = TrainingOptions.ScheduleNames.class,
            description = "The learning rate's way: one-cycle (default), cosine or constant.")
    private TrainingOptions.ScheduleChoice schedule;

    @Option(
            names = "--warm-up",
            defaultValue = "20",
            paramLabel = "N",
            converter = Numbers.AtLeastZero.class,
            description = "Steps in which the learning rate of cosine and constant rises (default: 20).")
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
            description = "Judge and save the moving average of the float weights and the scales, quantized, with this"
                    + " decay, such as 0.99 (default: 0, the last step's).")
    private double averageDecay;

    @Option(
            names = "--vertical-flips",
            description = "Also flip images upside down: for pictures without an up, such as microscopy.")
    private boolean verticalFlips;

    static final class MethodNames extends NamedChoice<Method> {
        MethodNames() {
            super(Stream.of(Method.values()), method -> method.name().toLowerCase(Locale.ROOT));
        }
    }

    /**
     * How to train.
     *
     * @throws InvalidInputException where a number makes no sense
     */
    TrainingSettings training(long seed) {
        try {
            return new TrainingSettings(
                    epochs,
                    batch,
                    new OptimizerSettings.AdamW(learningRate, weightDecay),
                    scheduleSettings(),
                    largestGradientNorm,
                    averageDecay,
                    verticalFlips,
                    seed);
        } catch (IllegalArgumentException e) {
            throw new InvalidInputException(String.valueOf(e.getMessage()), e);
        }
    }

    private Schedule scheduleSettings() {
        return switch (schedule) {
            case ONE_CYCLE -> new Schedule.OneCycle();
            case COSINE -> new Schedule.Cosine(warmUp);
            case CONSTANT -> new Schedule.Constant(warmUp);
        };
    }

    /**
     * How to quantize on the way.
     *
     * @throws InvalidInputException where a number makes no sense
     */
    QuantizationAwareSettings quantization() {
        try {
            return new QuantizationAwareSettings(method, distillation);
        } catch (IllegalArgumentException e) {
            throw new InvalidInputException(String.valueOf(e.getMessage()), e);
        }
    }
}
