package dev.dhmq.train;

import dev.dhmq.data.SampleSource;
import dev.dhmq.model.DetectionModel;
import dev.dhmq.model.DetectorCheckpoint;
import dev.dhmq.model.Sample;
import dev.dhmq.model.network.LossTensors;
import dev.dhmq.search.TaskLosses;
import dev.dhmq.search.TaskWeights;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
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
public final class Trainer extends Training {
    private final DetectionModel model;
    private final Optimizer optimizer;
    private final @Nullable WeightAverage average;

    /** Prepares training; the model must be initialised or loaded. */
    public Trainer(DetectionModel model, SampleSource samples, TrainingSettings settings) {
        super(samples, settings);
        this.model = model;
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

    @Override
    TaskLosses step(List<Sample> batch) {
        Map<String, Tensor> parameters = model.parameters().parameters();
        // Not set to null: the gradients of the quantizable weights are views of one vector.
        parameters.values().forEach(parameter -> parameter.grad().zero_());
        LossTensors loss = model.trainingLosses(batch, stepSeed());
        TaskLosses values = loss.values();
        requireFinite(values, batch);
        loss.weighted(TaskWeights.EQUAL).backward();
        TensorVector vector = new TensorVector(parameters.values().toArray(new Tensor[0]));
        torch.clip_grad_norm_(vector, settings().largestGradientNorm());
        optimizer.step(learningRate());
        if (average != null) {
            average.update(optimizer.steps());
        }
        return values;
    }

    @Override
    long steps() {
        return optimizer.steps();
    }

    @Override
    void save(Path folder, Map<String, String> metadata) {
        DetectorCheckpoint.save(folder, model, metadata);
    }

    /** Runs something on the weights that are judged and saved: their average where the settings want one. */
    @Override
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

    @Override
    Map<String, Tensor> state() {
        Map<String, Tensor> state = new LinkedHashMap<>();
        model.parameters().state().forEach((name, tensor) -> state.put("model." + name, tensor));
        optimizer.state().forEach((name, tensor) -> state.put("optimizer." + name, tensor));
        if (average != null) {
            average.state().forEach((name, tensor) -> state.put("average." + name, tensor));
        }
        return state;
    }

    @Override
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
