package dev.dhmq.model;

import dev.dhmq.model.DetectionModel.RawOutputs;
import dev.dhmq.model.network.LossTensors;
import java.util.List;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.TensorOptional;
import org.bytedeco.pytorch.global.torch;

/**
 * What one stage of the float model says of one batch, and how far a changed model is from it. See
 * {@link EffectObjective} for the losses. Owns its tensors.
 *
 * @param entropy KL's part that does not depend on the changed model
 * @param confidence of each place, or of each class of each place, [places, 1] or [places, classes, 1]
 */
record EffectReference(Tensor probabilities, Tensor entropy, Tensor deltas, Tensor confidence)
        implements AutoCloseable {
    private static final long NONE = 0;

    static EffectReference of(RawOutputs outputs) {
        Tensor probabilities = switch (outputs.link()) {
            case SIGMOID -> outputs.logits().sigmoid();
            case SOFTMAX -> outputs.logits().softmax(1);
        };
        // The same formula as in the loss, so that the loss at the float weights is exactly 0.
        Tensor entropy = crossEntropy(outputs, probabilities);
        EffectReference reference =
                new EffectReference(probabilities, entropy, outputs.deltas(), confidence(outputs, probabilities));
        reference.tensors().forEach(Tensor::retainReference);
        return reference;
    }

    private static Tensor confidence(RawOutputs outputs, Tensor probabilities) {
        return switch (outputs.link()) {
            case SIGMOID -> probabilities.amax(new long[] {1}, true);
            // Background has no box.
            case SOFTMAX -> {
                Tensor foreground = probabilities.clone();
                foreground.select(1, 0).zero_();
                yield foreground.unsqueeze(2);
            }
        };
    }

    /** -sum p log p^ over the classes, or over both sides of every class where each stands by itself. */
    private static Tensor crossEntropy(RawOutputs outputs, Tensor probabilities) {
        return switch (outputs.link()) {
            case SIGMOID ->
                torch.binary_cross_entropy_with_logits(
                        outputs.logits(), probabilities, new TensorOptional(), new TensorOptional(), NONE);
            case SOFTMAX -> outputs.logits().log_softmax(1).mul(probabilities).neg();
        };
    }

    /** Both losses of a model that says this instead, as sums over the places. */
    LossTensors effect(RawOutputs outputs) {
        Tensor divergence = crossEntropy(outputs, probabilities).sub(entropy).sum();
        Tensor distance = torch.huber_loss(outputs.deltas(), deltas, NONE, 1.0);
        return LossTensors.of(
                outputs.stage(), divergence, distance.mul(confidence).sum());
    }

    private List<Tensor> tensors() {
        return List.of(probabilities, entropy, deltas, confidence);
    }

    @Override
    public void close() {
        tensors().forEach(Tensor::close);
    }
}
