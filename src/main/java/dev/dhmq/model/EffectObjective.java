package dev.dhmq.model;

import dev.dhmq.model.network.LossTensors;
import dev.dhmq.tensor.Backend;
import java.util.ArrayList;
import java.util.List;
import org.bytedeco.javacpp.PointerScope;
import org.bytedeco.pytorch.NoGradGuard;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.TensorOptional;
import org.bytedeco.pytorch.global.torch;

/**
 * The objective {@code effect}: what a change of the weights does to the outputs, against the model as it was when the
 * objective was made, on the same images. No annotations are needed.
 *
 * <p>With p the class probabilities and d the box deltas of the float model at one anchor, c = max p its confidence, and
 * hats for the changed model:
 *
 * <pre>
 *   L_cls = sum over anchors and classes of KL(p || p^)       / sum of c
 *   L_reg = sum over anchors of c * huber(d^ - d), delta 1    / sum of c
 * </pre>
 *
 * Both are 0 with gradient 0 at the float weights, and their curvature there is positive semi-definite.
 */
public final class EffectObjective extends CalibrationObjective {
    private static final long NONE = 0;

    private final List<Reference> references = new ArrayList<>();
    private final double confidence;

    /** The float model's outputs on one batch; KL's part that does not depend on the changed model is kept ready. */
    private record Reference(Tensor probabilities, Tensor entropy, Tensor deltas, Tensor confidence) {}

    /** Keeps the model's present outputs as the reference. */
    public EffectObjective(DetectionModel model, Backend backend, List<Sample> samples, int batchSize) {
        super(model, backend, samples, batchSize);
        double sum = 0;
        for (List<Sample> batch : batches()) {
            try (PointerScope _ = new PointerScope();
                    NoGradGuard _ = new NoGradGuard()) {
                Reference reference = reference(model.rawOutputs(batch));
                references.add(reference);
                sum += reference.confidence().sum().item_double();
            }
        }
        confidence = sum;
    }

    private static Reference reference(DetectionModel.RawOutputs outputs) {
        Tensor probabilities = outputs.logits().sigmoid();
        // The same formula as in the loss, so that the loss at the float weights is exactly 0.
        Tensor entropy = crossEntropy(outputs.logits(), probabilities);
        Tensor confidence = probabilities.amax(new long[] {2}, true);
        Reference reference = new Reference(probabilities, entropy, outputs.deltas(), confidence);
        for (Tensor tensor : List.of(probabilities, entropy, outputs.deltas(), confidence)) {
            tensor.retainReference();
        }
        return reference;
    }

    private static Tensor crossEntropy(Tensor logits, Tensor probabilities) {
        return torch.binary_cross_entropy_with_logits(
                logits, probabilities, new TensorOptional(), new TensorOptional(), NONE);
    }

    @Override
    public String name() {
        return "effect";
    }

    @Override
    LossTensors batchLoss(int batch) {
        Reference reference = references.get(batch);
        DetectionModel.RawOutputs outputs = model().rawOutputs(batches().get(batch));
        Tensor divergence =
                crossEntropy(outputs.logits(), reference.probabilities()).sub(reference.entropy());
        Tensor distance = torch.huber_loss(outputs.deltas(), reference.deltas(), NONE, 1.0);
        Tensor regression = distance.mul(reference.confidence()).sum();
        return new LossTensors(divergence.sum(), regression).times(1 / confidence);
    }

    @Override
    public void close() {
        for (Reference reference : references) {
            reference.probabilities().close();
            reference.entropy().close();
            reference.deltas().close();
            reference.confidence().close();
        }
        references.clear();
        super.close();
    }
}
