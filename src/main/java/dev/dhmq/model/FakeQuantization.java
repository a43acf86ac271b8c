package dev.dhmq.model;

import dev.dhmq.InvalidInputException;
import dev.dhmq.quant.BitAssignment;
import dev.dhmq.quant.PackedWeights;
import dev.dhmq.quant.WeightQuantizer;
import dev.dhmq.tensor.Backend;
import dev.dhmq.tensor.DeviceVector;
import dev.dhmq.tensor.Layer;
import dev.dhmq.tensor.ParameterLayout;
import dev.dhmq.tensor.SharedVector;
import java.util.List;

/** Gives a model the weights of a plan, still as floats: it then computes what the quantized model would. */
public final class FakeQuantization {
    private FakeQuantization() {}

    /**
     * Replaces the model's float weights by Q(W; bits).
     *
     * @return the scales that the weights now lie on the grid of
     * @throws InvalidInputException where the assignment is for another model, or a weight is not finite
     */
    public static LearnedScales apply(DetectionModel model, Backend backend, BitAssignment assignment) {
        return apply(model, backend, assignment, LearnedScales.NONE);
    }

    /**
     * Replaces the model's weights by Q(W; bits), with scales that were learned with them where the bits are those they
     * were learned for. Such weights are on their grid already and stay as they are.
     *
     * @return the scales that the weights now lie on the grid of
     * @throws InvalidInputException as the other does, and where weights are not on the grid of their learned scales
     */
    public static LearnedScales apply(
            DetectionModel model, Backend backend, BitAssignment assignment, LearnedScales learned) {
        ParameterLayout layout = model.weights().layout();
        int[] bits = assignment.over(layout);
        try (SharedVector shared = backend.share(model.weights().weights())) {
            shared.fetch();
            DeviceVector weights = shared.vector();
            try (WeightQuantizer quantizer = quantizer(layout, backend, assignment, learned, weights)) {
                quantizer.quantize(bits, weights);
                shared.publish();
                return LearnedScales.of(quantizer, bits);
            }
        }
    }

    /**
     * The integers and scales that stand for what {@link #apply(DetectionModel, Backend, BitAssignment, LearnedScales)} would
     * give the model, whose weights stay as they are.
     *
     * @throws InvalidInputException as that does
     */
    public static PackedWeights pack(
            DetectionModel model, Backend backend, BitAssignment assignment, LearnedScales learned) {
        ParameterLayout layout = model.weights().layout();
        int[] bits = assignment.over(layout);
        try (SharedVector shared = backend.share(model.weights().weights())) {
            shared.fetch();
            try (WeightQuantizer quantizer = quantizer(layout, backend, assignment, learned, shared.vector())) {
                return PackedWeights.of(backend, quantizer, bits);
            }
        }
    }

    private static WeightQuantizer quantizer(
            ParameterLayout layout,
            Backend backend,
            BitAssignment assignment,
            LearnedScales learned,
            DeviceVector weights) {
        int[] bits = assignment.over(layout);
        WeightQuantizer quantizer = new WeightQuantizer(backend, layout, weights, assignment.widths(layout));
        try {
            learned.useIn(quantizer, bits);
            requireOnGrid(quantizer, bits, weights, learned);
            return quantizer;
        } catch (RuntimeException | Error e) { // nobody else can close it
            quantizer.close();
            throw e;
        }
    }

    private static void requireOnGrid(
            WeightQuantizer quantizer, int[] bits, DeviceVector weights, LearnedScales learned) {
        double[][] moves = quantizer.perturbationProducts(bits, weights, List.of());
        for (int l = 0; l < bits.length; l++) {
            Layer layer = quantizer.layout().layer(l);
            if (learned.fits(layer, bits[l]) && moves[l][0] != 0) {
                throw new InvalidInputException(
                        "The scales beside the model were not learned with its weights: those of "
                                + layer.name()
                                + " are not on their grid; use the model.safetensors and the scales.safetensors"
                                + " that dhmq finetune or dhmq correct wrote together.");
            }
        }
    }
}
