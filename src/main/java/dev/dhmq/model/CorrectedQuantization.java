package dev.dhmq.model;

import dev.dhmq.model.network.ParameterStore;
import dev.dhmq.model.network.Tensors;
import dev.dhmq.quant.BitAssignment;
import dev.dhmq.quant.WeightQuantizer;
import dev.dhmq.tensor.Backend;
import dev.dhmq.tensor.ParameterLayout;
import dev.dhmq.tensor.SharedVector;
import java.util.Arrays;
import java.util.Map;
import org.bytedeco.javacpp.PointerScope;
import org.bytedeco.pytorch.NoGradGuard;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch;

/**
 * Quantizes a model's weights and corrects what that does to the statistics of its layers' outputs, see {@link OutputCorrection}. It
 * costs neither bits nor time at inference: gains go into the scales, which are there in any case, shifts into biases and batch
 * norms.
 */
public final class CorrectedQuantization {
    private CorrectedQuantization() {}

    /**
     * Replaces the model's weights by quantized ones, and its biases or batch norms' means by corrected ones.
     *
     * @param learned scales to quantize with where they fit the bits
     * @param wanted measured on this model before it was quantized
     * @return the scales that the weights now lie on the grid of; to be stored with them
     * @throws dev.dhmq.InvalidInputException as {@link FakeQuantization#apply} does
     */
    public static LearnedScales apply(
            DetectionModel model,
            Backend backend,
            BitAssignment assignment,
            LearnedScales learned,
            OutputStatistics wanted) {
        LearnedScales scales = FakeQuantization.apply(model, backend, assignment, learned);
        Map<String, ChannelCorrection> corrections = OutputCorrection.of(model, wanted);
        ParameterLayout layout = model.weights().layout();
        try (PointerScope _ = new PointerScope();
                NoGradGuard _ = new NoGradGuard()) {
            corrections.forEach((name, correction) -> {
                amplify(model.weights().tensors().get(layout.indexOf(name)), correction);
                shift(model, name, correction);
            });
        }
        LearnedScales corrected = scales.times(corrections);
        snap(model, backend, assignment, corrected);
        return corrected;
    }

    private static void amplify(Tensor weight, ChannelCorrection correction) {
        long[] perOutput = new long[(int) weight.dim()];
        Arrays.fill(perOutput, 1);
        perOutput[0] = correction.gain().length;
        weight.mul_(Tensors.of(correction.gain(), weight.scalar_type(), perOutput));
    }

    /** y' = gain y + shift, where y has the bias in it, or goes to a norm that takes a mean off. */
    private static void shift(DetectionModel model, String layer, ChannelCorrection correction) {
        Map<String, Tensor> state = model.parameters().state();
        Tensor bias = state.get(ParameterStore.biasOf(layer));
        torch.ScalarType type = model.parameters().type();
        Tensor shift = Tensors.of(correction.shift(), type, correction.shift().length);
        if (bias != null) {
            bias.mul_(Tensors.of(correction.gain(), type, correction.gain().length))
                    .add_(shift);
            return;
        }
        String norm = model.parameters()
                .normAfter(layer)
                .orElseThrow(() -> new IllegalStateException("Layer " + layer + " has neither a bias nor a norm."));
        Tensor mean = state.get(norm + ".running_mean");
        if (mean == null) {
            throw new IllegalStateException("Norm " + norm + " has no mean.");
        }
        mean.sub_(shift);
    }

    /** Weights times gains, rounded, are a rounding error away from integers times scales; those they must be. */
    private static void snap(DetectionModel model, Backend backend, BitAssignment assignment, LearnedScales corrected) {
        ParameterLayout layout = model.weights().layout();
        int[] bits = assignment.over(layout);
        try (SharedVector shared = backend.share(model.weights().weights())) {
            shared.fetch();
            try (WeightQuantizer quantizer =
                    new WeightQuantizer(backend, layout, shared.vector(), assignment.widths(layout))) {
                corrected.useIn(quantizer, bits);
                quantizer.quantize(bits, shared.vector());
            }
            shared.publish();
        }
    }
}
