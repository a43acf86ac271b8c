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
import java.util.List;
import java.util.Locale;
import java.util.function.IntConsumer;
import java.util.stream.IntStream;
import org.bytedeco.javacpp.PointerScope;
import org.bytedeco.pytorch.AdamW;
import org.bytedeco.pytorch.AdamWOptions;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.TensorVector;
import org.bytedeco.pytorch.global.torch;

/**
 * Trains a detector on its own losses: AdamW, one-cycle learning rate, random flips, gradients clipped by norm, batch
 * norms in training mode. The same settings, data and thread count give the same weights.
 */
public final class Trainer {
    /** Stops a rare steep batch from throwing the weights far; usual norms stay below it. */
    private static final double LARGEST_GRADIENT_NORM = 10;

    private final DetectionModel model;
    private final SampleSource samples;
    private final TrainingSettings settings;
    private final Progress progress;

    /** Prepares training; the model must be initialised or loaded. */
    public Trainer(DetectionModel model, SampleSource samples, TrainingSettings settings, Progress progress) {
        this.model = model;
        this.samples = samples;
        this.settings = settings;
        this.progress = progress;
    }

    /**
     * Trains to the end of the schedule.
     *
     * @param afterEpoch told each finished epoch's number, from 1, on this thread; may save or evaluate the model
     */
    public void train(IntConsumer afterEpoch) {
        Tensor[] parameters = model.parameters().parameters().values().toArray(new Tensor[0]);
        int stepsPerEpoch = EpochOrder.batches(samples.size(), settings, 0).size();
        OneCycle schedule = new OneCycle(settings.learningRate(), (long) stepsPerEpoch * settings.epochs());
        try (PointerScope _ = new PointerScope();
                TensorVector vector = new TensorVector(parameters);
                AdamWOptions options = new AdamWOptions(schedule.at(0))) {
            options.weight_decay().put(settings.weightDecay());
            AdamW optimizer = new AdamW(vector, options);
            for (Tensor parameter : parameters) {
                if (!parameter.grad().defined()) {
                    parameter.mutable_grad().put(torch.zeros_like(parameter));
                }
            }
            try (Progress.Task task = progress.start("Training", schedule.steps())) {
                for (int epoch = 1; epoch <= settings.epochs(); epoch++) {
                    epoch(epoch, schedule, optimizer, vector, task);
                    afterEpoch.accept(epoch);
                }
            }
        }
    }

    private void epoch(int epoch, OneCycle schedule, AdamW optimizer, TensorVector parameters, Progress.Task task) {
        List<List<EpochOrder.Entry>> batches = EpochOrder.batches(samples.size(), settings, epoch);
        long step = (epoch - 1L) * batches.size();
        List<EpochOrder.Entry> entries = batches.stream().flatMap(List::stream).toList();
        try (Prefetcher<Sample> loaded = new Prefetcher<>(
                i -> entries.get(i).flip().apply(samples.sample(entries.get(i).image())),
                IntStream.range(0, entries.size()).toArray(),
                2 * settings.batchSize())) {
            for (List<EpochOrder.Entry> batch : batches) {
                List<Sample> next = batch.stream().map(_ -> loaded.next()).toList();
                try (PointerScope _ = new PointerScope()) {
                    optimizer.param_groups().get(0).options().set_lr(schedule.at(step));
                    task.advance(note(epoch, step(next, settings.seed() * 1_000_003 + step, optimizer, parameters)));
                }
                step++;
            }
        }
    }

    private static String note(int epoch, TaskLosses losses) {
        return String.format(
                Locale.ROOT, "epoch %d, loss %.3f + %.3f", epoch, losses.classification(), losses.regression());
    }

    private TaskLosses step(List<Sample> batch, long seed, AdamW optimizer, TensorVector parameters) {
        // Not the optimizer's zero_grad: it refuses gradients that are views of the flat vector.
        model.parameters()
                .parameters()
                .values()
                .forEach(parameter -> parameter.grad().zero_());
        LossTensors loss = model.trainingLosses(batch, seed);
        TaskLosses values = loss.values();
        if (!Double.isFinite(values.weighted(TaskWeights.EQUAL))) {
            throw new NonFiniteLossException("Training stopped: the loss is " + values.classification()
                    + " (classification) and " + values.regression() + " (regression) on the images "
                    + batch.stream().map(Sample::name).toList()
                    + "; lower the learning rate, or check these images' boxes.");
        }
        loss.weighted(TaskWeights.EQUAL).backward();
        torch.clip_grad_norm_(parameters, LARGEST_GRADIENT_NORM);
        optimizer.step();
        return values;
    }
}
