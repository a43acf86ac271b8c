package dev.dhmq.model;

import dev.dhmq.quant.ActivationQuantization;
import dev.dhmq.quant.BitAssignment;
import dev.dhmq.quant.ObservedActivation;
import dev.dhmq.quant.WeightQuantizer;
import dev.dhmq.search.ActivationObjective;
import dev.dhmq.search.Objective;
import dev.dhmq.search.TaskLosses;
import java.util.List;

/**
 * A detector whose weights are quantized by a plan, as far as its activations matter. The weights are float again after
 * {@link #close()}. Holds neither the model nor the objective, which must outlive it.
 */
public final class CalibratedActivations implements ActivationObjective, AutoCloseable {
    private final DetectionModel model;
    private final Objective objective;
    private final WeightQuantizer floatWeights;
    private final List<ObservedActivation> activations;

    /**
     * Quantizes the weights and observes the activations: two passes over the samples.
     *
     * @param objective the loss of this model, its weights float
     * @param samples the calibration images
     * @param weights what the weights have become
     * @throws dev.dhmq.InvalidInputException where the bits are another model's, an activation is NaN or infinite, or the
     *     detector is a scripted one
     */
    public CalibratedActivations(
            DetectionModel model, Objective objective, List<Sample> samples, BitAssignment weights) {
        this.model = model;
        this.objective = objective;
        this.floatWeights = new WeightQuantizer(
                objective.backend(), objective.layout(), objective.weights(), weights.widths(objective.layout()));
        try {
            floatWeights.quantize(weights.over(objective.layout()), objective.weights());
            objective.loss(); // which also hands the weights to the network, wherever they are kept
            activations = ActivationObserver.observe(model, samples);
        } catch (RuntimeException | Error e) { // nobody else can close what a failed constructor took
            close();
            throw e;
        }
    }

    @Override
    public List<ObservedActivation> activations() {
        return activations;
    }

    @Override
    public TaskLosses loss(List<ActivationQuantization> quantized) {
        try (HookedLayers _ = ActivationHooks.apply(model, quantized)) {
            return objective.loss();
        }
    }

    @Override
    public void close() {
        objective.backend().copy(floatWeights.floatWeights(), objective.weights());
        floatWeights.close();
    }
}
