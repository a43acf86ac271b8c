package dev.dhmq.model;

import dev.dhmq.quant.BitAssignment;
import dev.dhmq.quant.WeightQuantizer;
import dev.dhmq.tensor.Backend;
import dev.dhmq.tensor.DeviceVector;
import dev.dhmq.tensor.ParameterLayout;
import dev.dhmq.tensor.SharedVector;

/** Gives a model the weights of a plan, still as floats: it then computes exactly what the quantized model would. */
public final class FakeQuantization {
    private FakeQuantization() {}

    /**
     * Replaces the model's float weights by Q(W; bits).
     *
     * @throws dev.dhmq.InvalidInputException where the assignment is for another model, or a weight is not finite
     */
    public static void apply(DetectionModel model, Backend backend, BitAssignment assignment) {
        ParameterLayout layout = model.weights().layout();
        int[] bits = assignment.over(layout);
        try (SharedVector shared = backend.share(model.weights().weights())) {
            shared.fetch();
            DeviceVector weights = shared.vector();
            try (WeightQuantizer quantizer = new WeightQuantizer(backend, layout, weights, assignment.widths(layout))) {
                quantizer.quantize(bits, weights);
            }
            shared.publish();
        }
    }
}
