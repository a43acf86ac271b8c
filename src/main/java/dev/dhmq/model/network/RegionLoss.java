package dev.dhmq.model.network;

import dev.dhmq.model.GroundTruth;
import dev.dhmq.model.RegionSettings;
import dev.dhmq.model.box.BalancedSampler;
import dev.dhmq.model.box.Sampling;
import java.util.Arrays;
import java.util.List;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.TensorOptional;
import org.bytedeco.pytorch.global.torch;

/**
 * The losses of Faster R-CNN's box head (Girshick, 2015), as torchvision computes them: cross entropy over background and
 * the classes, and smooth L1 (beta 1/9) of the deltas of the right class where a region stands for an object, both over
 * the number of sampled regions of the batch.
 */
public final class RegionLoss {
    private static final long NONE = 0;

    private final BalancedSampler sampler;
    private final int outputs;
    private final torch.ScalarType type;

    /** @param classes number of classes, background not counted */
    public RegionLoss(RegionSettings settings, int classes, torch.ScalarType type) {
        this.sampler = new BalancedSampler(settings.regionSamples(), settings.regionPositives());
        this.outputs = classes + 1;
        this.type = type;
    }

    /** Samples the regions of a batch: each image's proposals and annotated objects. */
    public RegionTargets targets(List<double[]> proposals, List<GroundTruth> truths, Sampling sampling) {
        RegionTargets targets = new RegionTargets(outputs);
        for (int image = 0; image < truths.size(); image++) {
            targets.addImage(proposals.get(image), truths.get(image), sampler, sampling);
        }
        return targets;
    }

    /** Both losses of what the box head says of the targets' regions. */
    public LossTensors losses(Outputs said, RegionTargets targets) {
        Tensor entropy = torch.cross_entropy_loss(
                said.logits(), Tensors.indices(targets.labels()), new TensorOptional(), NONE, -100, 0);
        double[] weights = targets.weights();
        Tensor classification =
                entropy.mul(Tensors.of(weights, type, weights.length)).sum();
        Tensor regression = targets.boxes().loss(said.deltas().reshape(-1, 4));
        double total = Arrays.stream(weights).sum();
        return LossTensors.of(LossTensors.Stage.DETECTIONS, classification, regression)
                .times(1 / Math.max(1, total));
    }
}
