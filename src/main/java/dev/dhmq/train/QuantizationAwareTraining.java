package dev.dhmq.train;

import dev.dhmq.data.SampleSource;
import dev.dhmq.model.DetectionModel;
import dev.dhmq.model.DetectorCheckpoint;
import dev.dhmq.model.Distillation;
import dev.dhmq.model.LearnedScales;
import dev.dhmq.model.Sample;
import dev.dhmq.model.network.LossTensors;
import dev.dhmq.quant.BitAssignment;
import dev.dhmq.search.NonFiniteLossException;
import dev.dhmq.search.TaskLosses;
import dev.dhmq.search.TaskWeights;
import dev.dhmq.tensor.Backend;
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
 * Trains a detector whose weights are quantized: it computes and takes gradients with Q(W), and steps move W, the scales
 * and the parameters that are not quantized. Batch norms keep their statistics; their factors and offsets are trained.
 *
 * <p>Between steps the network's weights are Q(W), so it can be judged and saved as it is. The same settings, data and
 * thread count give the same weights. Holds tensors until {@link #close()}; the models must outlive it. Not safe for use by
 * several threads.
 */
public final class QuantizationAwareTraining extends Training {
    private static final String SCALES = "scales";

    private final DetectionModel model;
    private final @Nullable Distillation distillation;
    private final QuantizationAwareSettings quantization;
    private final LatentWeights latent;
    /** What steps move but for the scales: W of quantized layers, all others the network's own. */
    private final Map<String, Tensor> parameters = new LinkedHashMap<>();

    private final Optimizer optimizer;
    private final Optimizer scaleOptimizer;
    private final @Nullable WeightAverage average;

    /**
     * What is quantized, and how.
     *
     * @param backend runs the kernels; must outlive the training
     * @param assignment the bits of every layer
     * @param scales learned or corrected before, to start from; may be none
     * @param correctedOn images that the start was corrected on, see {@link dev.dhmq.model.CorrectedQuantization}; 0 for none
     */
    public record Start(
            Backend backend,
            BitAssignment assignment,
            LearnedScales scales,
            int correctedOn,
            QuantizationAwareSettings settings) {
        /** All that a training that goes on must have in common with the one that was stopped. */
        String describe() {
            return assignment + ", corrected on " + correctedOn + " images, " + settings;
        }
    }

    /**
     * Quantizes the model's present weights and prepares to train them.
     *
     * @param teacher the float model to be distilled from; null where the settings want none
     * @throws dev.dhmq.InvalidInputException where the assignment is for another model, or a weight is not finite
     */
    public QuantizationAwareTraining(
            DetectionModel model,
            @Nullable DetectionModel teacher,
            Start start,
            SampleSource samples,
            TrainingSettings settings) {
        super(samples, settings);
        this.model = model;
        quantization = start.settings();
        if ((quantization.distillation() > 0) != (teacher != null)) {
            throw new IllegalArgumentException("Distillation needs a float model, and only distillation does.");
        }
        distillation = teacher == null ? null : new Distillation(teacher);
        latent = new LatentWeights(model.weights(), start.backend(), start.assignment(), start.scales());
        try (PointerScope _ = new PointerScope()) {
            parameters.putAll(model.parameters().parameters());
            parameters.putAll(latent.weights());
            for (Tensor parameter : parameters.values()) {
                if (!parameter.grad().defined()) {
                    parameter.mutable_grad().put(torch.zeros_like(parameter));
                }
            }
        }
        optimizer = Optimizer.of(settings.optimizer(), parameters);
        // A scale is a size, not a weight: decay would shrink what the rounding needs.
        scaleOptimizer = Optimizer.of(settings.optimizer().withoutDecay(), Map.of(SCALES, latent.scales()));
        average = settings.averageDecay() == 0 ? null : new WeightAverage(settings.averageDecay(), trained());
        latent.quantize();
    }

    /** Everything that a result is made of: parameters, scales and batch norms' statistics. */
    private Map<String, Tensor> trained() {
        Map<String, Tensor> trained = new LinkedHashMap<>(model.parameters().state());
        trained.putAll(latent.weights());
        trained.put(SCALES, latent.scales());
        return trained;
    }

    @Override
    TaskLosses step(List<Sample> batch) {
        if (quantization.method() == QuantizationAwareSettings.Method.STE && steps() % stepsPerEpoch() == 0) {
            latent.searchScales();
            latent.quantize();
        }
        // Not set to null: the gradients of the quantizable weights are views of one vector.
        parameters.values().forEach(parameter -> parameter.grad().zero_());
        LossTensors loss = model.fineTuningLosses(batch, stepSeed());
        TaskLosses values = loss.values();
        requireFinite(values, batch);
        loss.weighted(TaskWeights.EQUAL).backward();
        if (distillation != null) {
            distill(distillation, batch);
        }
        latent.backward();
        move(batch);
        return values;
    }

    /** Adds the gradient of what the float detector says of these images. */
    private void distill(Distillation from, List<Sample> batch) {
        LossTensors effect = from.losses(model, batch);
        requireFinite(effect.values(), batch);
        effect.times(quantization.distillation()).weighted(TaskWeights.EQUAL).backward();
    }

    private void move(List<Sample> batch) {
        double rate = learningRate();
        clip(batch);
        optimizer.step(rate);
        if (quantization.method() == QuantizationAwareSettings.Method.LSQ) {
            scaleOptimizer.step(rate);
            latent.keepScalesPositive();
        }
        if (average != null) {
            average.update(steps());
        }
        latent.quantize();
    }

    private void clip(List<Sample> batch) {
        TensorVector moved = new TensorVector(parameters.values().toArray(new Tensor[0]));
        if (quantization.method() == QuantizationAwareSettings.Method.LSQ) {
            moved.push_back(latent.scales());
        }
        double norm = torch.clip_grad_norm_(moved, settings().largestGradientNorm());
        if (!Double.isFinite(norm)) {
            throw new NonFiniteLossException(
                    "Training stopped: the loss is finite but its gradient is not, on the images "
                            + batch.stream().map(Sample::name).toList()
                            + "; start again to go on after the last whole epoch, and lower the learning rate if it happens again.");
        }
    }

    @Override
    long steps() {
        return optimizer.steps();
    }

    /** Runs something on the weights that are judged and saved: Q of their average where the settings want one. */
    @Override
    public void onResult(Runnable action) {
        if (average == null) {
            action.run();
            return;
        }
        average.swap();
        latent.quantize();
        try {
            action.run();
        } finally {
            average.swap();
            latent.quantize();
        }
    }

    @Override
    void save(Path folder, Map<String, String> metadata) {
        DetectorCheckpoint.save(folder, model, metadata);
        latent.learned().write(folder);
    }

    @Override
    Map<String, Tensor> state() {
        Map<String, Tensor> state = new LinkedHashMap<>();
        trained().forEach((name, tensor) -> state.put("model." + name, tensor));
        state.put("least_scales", latent.leastScales());
        optimizer.state().forEach((name, tensor) -> state.put("optimizer." + name, tensor));
        scaleOptimizer.state().forEach((name, tensor) -> state.put("scale_optimizer." + name, tensor));
        if (average != null) {
            average.state().forEach((name, tensor) -> state.put("average." + name, tensor));
        }
        return state;
    }

    @Override
    void resumeAfter(int epoch) {
        long taken = (long) epoch * stepsPerEpoch();
        optimizer.resume(taken);
        scaleOptimizer.resume(taken);
        latent.quantize();
    }

    @Override
    public void close() {
        optimizer.close();
        scaleOptimizer.close();
        if (average != null) {
            average.close();
        }
        latent.close();
    }
}
