package dev.dhmq.train;

import dev.dhmq.Progress;
import dev.dhmq.data.Prefetcher;
import dev.dhmq.data.SampleSource;
import dev.dhmq.model.Sample;
import dev.dhmq.search.NonFiniteLossException;
import dev.dhmq.search.TaskLosses;
import dev.dhmq.search.TaskWeights;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.stream.IntStream;
import org.bytedeco.javacpp.PointerScope;
import org.bytedeco.pytorch.Tensor;

/**
 * Training of any kind, epoch by epoch, that can be stopped and taken up again: what {@link TrainingRun} drives. It knows
 * the order of the images and the learning rate's way; what a step does is its subclasses'.
 */
abstract sealed class Training implements AutoCloseable permits Trainer, QuantizationAwareTraining {
    /** Spreads seeds so that those of neighbouring trainings share no step's. */
    private static final long SEED_SPREAD = 1_000_003;

    private final SampleSource samples;
    private final TrainingSettings settings;

    Training(SampleSource samples, TrainingSettings settings) {
        this.samples = samples;
        this.settings = settings;
    }

    TrainingSettings settings() {
        return settings;
    }

    /** Steps of one epoch. */
    public int stepsPerEpoch() {
        return Math.ceilDiv(samples.size(), settings.batchSize());
    }

    /** Learning rate of the next step. */
    double learningRate() {
        long all = (long) stepsPerEpoch() * settings.epochs();
        return settings.optimizer().learningRate() * settings.schedule().at(steps(), all);
    }

    /** Seed of the next step's draws. */
    long stepSeed() {
        return settings.seed() * SEED_SPREAD + steps();
    }

    /**
     * Trains one epoch.
     *
     * @param epoch counted from 1; epochs must come in order
     * @param task told every step
     * @return the means of the losses over its steps
     * @throws NonFiniteLossException where a loss is no number; the weights are those of the step before
     */
    public TaskLosses epoch(int epoch, Progress.Task task) {
        List<List<EpochOrder.Entry>> batches = EpochOrder.batches(samples.size(), settings, epoch);
        List<EpochOrder.Entry> entries = batches.stream().flatMap(List::stream).toList();
        TaskLosses sum = new TaskLosses(0, 0);
        try (Prefetcher<Sample> loaded = new Prefetcher<>(
                i -> entries.get(i).flip().apply(samples.sample(entries.get(i).image())),
                IntStream.range(0, entries.size()).toArray(),
                2 * settings.batchSize())) {
            for (List<EpochOrder.Entry> batch : batches) {
                List<Sample> next = batch.stream().map(_ -> loaded.next()).toList();
                TaskLosses losses;
                try (PointerScope _ = new PointerScope()) {
                    losses = step(next);
                }
                sum = sum.plus(losses);
                task.advance(note(epoch, losses));
            }
        }
        return sum.times(1.0 / batches.size());
    }

    private static String note(int epoch, TaskLosses losses) {
        return String.format(
                Locale.ROOT, "epoch %d, loss %.3f + %.3f", epoch, losses.classification(), losses.regression());
    }

    static void requireFinite(TaskLosses losses, List<Sample> batch) {
        if (!Double.isFinite(losses.weighted(TaskWeights.EQUAL))) {
            throw new NonFiniteLossException("Training stopped: the loss is " + losses.classification()
                    + " (classification) and " + losses.regression() + " (regression) on the images "
                    + batch.stream().map(Sample::name).toList()
                    + "; lower the learning rate, or check these images' boxes.");
        }
    }

    /** One step on these images; tensors it makes are freed after it. */
    abstract TaskLosses step(List<Sample> batch);

    /** Steps taken. */
    abstract long steps();

    /** Runs something on the weights that are judged and saved. */
    public abstract void onResult(Runnable action);

    /**
     * Writes what {@link #onResult} shows, while it shows it.
     *
     * @param metadata what the checkpoint should say about itself
     */
    abstract void save(Path folder, Map<String, String> metadata);

    /** Every tensor that the next step depends on, by name. */
    abstract Map<String, Tensor> state();

    /** Goes on after this epoch, the tensors of {@link #state} having been filled. */
    abstract void resumeAfter(int epoch);

    @Override
    public abstract void close();
}
