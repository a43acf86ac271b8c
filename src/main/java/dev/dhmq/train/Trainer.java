package dev.dhmq.train;

import dev.dhmq.Progress;
import dev.dhmq.data.Prefetcher;
import dev.dhmq.data.SampleSource;
import dev.dhmq.model.DetectionModel;
import dev.dhmq.model.Sample;
import dev.dhmq.model.network.LossTensors;
import dev.dhmq.search.NonFiniteLossException;
import dev.dhmq.search.TaskLosses;
import dev.dhmq.search.TaskWeights;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.stream.IntStream;
import org.bytedeco.javacpp.PointerScope;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.TensorVector;
import org.bytedeco.pytorch.global.torch;
import org.jspecify.annotations.Nullable;

/**
 * Trains a detector on its own losses, epoch by epoch: random flips, gradients clipped by norm, batch norms in training
 * mode. The same settings, data and thread count give the same weights.
 *
 * <p>Holds the optimizer's tensors until {@link #close()}; the model must outlive it. Not safe for use by several threads.
 */
public final class Trainer implements AutoCloseable {
    /** Spreads seeds so that those of neighbouring trainings share no step's. */
    private static final long SEED_SPREAD = 1_000_003;

    private final DetectionModel model;
    private final SampleSource samples;
    private final TrainingSettings settings;
    private final Optimizer optimizer;
    private final @Nullable WeightAverage average;

    /** Prepares training; the model must be initialised or loaded. */
    public Trainer(DetectionModel model, SampleSource samples, TrainingSettings settings) {
        this.model = model;
        this.samples = samples;
        this.settings = settings;
        Map<String, Tensor> parameters = model.parameters().parameters();
        try (PointerScope _ = new PointerScope()) {
            for (Tensor parameter : parameters.values()) {
                if (!parameter.grad().defined()) {
                    parameter.mutable_grad().put(torch.zeros_like(parameter));
                }
            }
        }
        optimizer = Optimizer.of(settings.optimizer(), parameters);
        average = settings.averageDecay() == 0
                ? null
                : new WeightAverage(settings.averageDecay(), model.parameters().state());
    }

    /** Steps of one epoch. */
    public int stepsPerEpoch() {
        return Math.ceilDiv(samples.size(), settings.batchSize());
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

    private TaskLosses step(List<Sample> batch) {
        Map<String, Tensor> parameters = model.parameters().parameters();
        // Not set to null: the gradients of the quantizable weights are views of one vector.
        parameters.values().forEach(parameter -> parameter.grad().zero_());
        LossTensors loss = model.trainingLosses(batch, settings.seed() * SEED_SPREAD + optimizer.steps());
        TaskLosses values = loss.values();
        if (!Double.isFinite(values.weighted(TaskWeights.EQUAL))) {
            throw new NonFiniteLossException("Training stopped: the loss is " + values.classification()
                    + " (classification) and " + values.regression() + " (regression) on the images "
                    + batch.stream().map(Sample::name).toList()
                    + "; lower the learning rate, or check these images' boxes.");
        }
        loss.weighted(TaskWeights.EQUAL).backward();
        TensorVector vector = new TensorVector(parameters.values().toArray(new Tensor[0]));
        torch.clip_grad_norm_(vector, settings.largestGradientNorm());
        optimizer.step(learningRate());
        if (average != null) {
            average.update(optimizer.steps());
        }
        return values;
    }

    /** Learning rate of the next step. */
    double learningRate() {
        long steps = (long) stepsPerEpoch() * settings.epochs();
        return settings.optimizer().learningRate() * settings.schedule().at(optimizer.steps(), steps);
    }

    /** Runs something on the weights that are judged and saved: their average where the settings want one. */
    public void onResult(Runnable action) {
        if (average == null) {
            action.run();
            return;
        }
        average.swap();
        try {
            action.run();
        } finally {
            average.swap();
        }
    }

    /** Every tensor that the next step depends on, by name. */
    Map<String, Tensor> state() {
        Map<String, Tensor> state = new LinkedHashMap<>();
        model.parameters().state().forEach((name, tensor) -> state.put("model." + name, tensor));
        optimizer.state().forEach((name, tensor) -> state.put("optimizer." + name, tensor));
        if (average != null) {
            average.state().forEach((name, tensor) -> state.put("average." + name, tensor));
        }
        return state;
    }

    /** Goes on after this epoch, the tensors of {@link #state} having been filled. */
    void resumeAfter(int epoch) {
        optimizer.resume((long) epoch * stepsPerEpoch());
    }

    @Override
    public void close() {
        optimizer.close();
        if (average != null) {
            average.close();
        }
    }
}
