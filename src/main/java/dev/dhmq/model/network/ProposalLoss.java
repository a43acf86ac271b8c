package dev.dhmq.model.network;

import dev.dhmq.model.GroundTruth;
import dev.dhmq.model.RegionSettings;
import dev.dhmq.model.box.AnchorGrid;
import dev.dhmq.model.box.AnchorMatch;
import dev.dhmq.model.box.BalancedSampler;
import dev.dhmq.model.box.BoxCoder;
import dev.dhmq.model.box.MatchRule;
import dev.dhmq.model.box.Sampling;
import java.util.List;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.TensorOptional;
import org.bytedeco.pytorch.global.torch;

/**
 * The losses of Faster R-CNN's region proposal network (Ren et al., 2015), as torchvision computes them: binary cross
 * entropy of the sampled anchors' objectness, and smooth L1 (beta 1/9) of the deltas of those that stand for an object,
 * both over the number of sampled anchors of the batch.
 */
public final class ProposalLoss {
    private static final long NONE = 0;

    private final BalancedSampler sampler;
    private final torch.ScalarType type;

    public ProposalLoss(RegionSettings settings, torch.ScalarType type) {
        this.sampler = new BalancedSampler(settings.anchorSamples(), settings.anchorPositives());
        this.type = type;
    }

    /** Both losses of a batch. */
    public LossTensors losses(Outputs outputs, AnchorGrid anchors, List<GroundTruth> truths, Sampling sampling) {
        int count = anchors.size();
        double[] targets = new double[truths.size() * count];
        double[] weights = new double[targets.length];
        BoxTargets boxes = new BoxTargets(BoxCoder.ANCHORS);
        double total = 0;
        for (int image = 0; image < truths.size(); image++) {
            double[] objects = truths.get(image).doubleBoxes();
            AnchorMatch match = AnchorMatch.of(anchors.boxes(), objects, MatchRule.PROPOSALS);
            BalancedSampler.Chosen chosen =
                    sampling.choose(sampler, match.foreground().length, match.background().length);
            for (int i : chosen.positives()) {
                int anchor = match.foreground()[i];
                targets[image * count + anchor] = 1;
                weights[image * count + anchor] = chosen.positiveWeight();
                boxes.add(
                        (long) image * count + anchor,
                        anchors.boxes(),
                        anchor,
                        objects,
                        match.objects()[i],
                        chosen.positiveWeight());
            }
            for (int i : chosen.negatives()) {
                weights[image * count + match.background()[i]] = chosen.negativeWeight();
            }
            total += chosen.total();
        }
        Tensor entropy = torch.binary_cross_entropy_with_logits(
                outputs.logits().reshape(-1),
                Tensors.of(targets, type, targets.length),
                new TensorOptional(),
                new TensorOptional(),
                NONE);
        Tensor objectness =
                entropy.mul(Tensors.of(weights, type, weights.length)).sum();
        Tensor regression = boxes.loss(outputs.deltas().reshape(-1, 4));
        return LossTensors.of(LossTensors.Stage.PROPOSALS, objectness, regression)
                .times(1 / Math.max(1, total));
    }
}
