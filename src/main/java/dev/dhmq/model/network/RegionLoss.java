package dev.dhmq.model.network;

import dev.dhmq.model.GroundTruth;
import dev.dhmq.model.RegionSettings;
import dev.dhmq.model.box.AnchorMatch;
import dev.dhmq.model.box.BalancedSampler;
import dev.dhmq.model.box.BoxCoder;
import dev.dhmq.model.box.MatchRule;
import dev.dhmq.model.box.Sampling;
import java.util.ArrayList;
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

    /**
     * The regions of a batch that the losses count, and what the box head should say of them.
     *
     * @param regions x1, y1, x2, y2 of every region of each image
     * @param labels of every region, image by image; 0 for background
     * @param weights how much each counts
     */
    public record Targets(List<double[]> regions, long[] labels, double[] weights, BoxTargets boxes) {}

    /**
     * Samples the regions.
     *
     * @param proposals of every image; its annotated objects are added, so that there is something to learn from at the
     *     start
     */
    public Targets targets(List<double[]> proposals, List<GroundTruth> truths, Sampling sampling) {
        List<double[]> regions = new ArrayList<>();
        List<Long> labels = new ArrayList<>();
        List<Double> weights = new ArrayList<>();
        BoxTargets boxes = new BoxTargets(BoxCoder.REGIONS);
        for (int image = 0; image < truths.size(); image++) {
            GroundTruth truth = truths.get(image);
            double[] objects = truth.doubleBoxes();
            double[] candidates = concatenated(proposals.get(image), objects);
            AnchorMatch match = AnchorMatch.of(candidates, objects, MatchRule.REGIONS);
            BalancedSampler.Chosen chosen =
                    sampling.choose(sampler, match.foreground().length, match.background().length);
            double[] kept = new double[4 * (chosen.positives().length + chosen.negatives().length)];
            int at = 0;
            for (int i : chosen.positives()) {
                int region = match.foreground()[i];
                int object = match.objects()[i];
                System.arraycopy(candidates, 4 * region, kept, at, 4);
                at += 4;
                long label = 1L + truth.labels()[object];
                boxes.add(
                        labels.size() * (long) outputs + label,
                        candidates,
                        region,
                        objects,
                        object,
                        chosen.positiveWeight());
                labels.add(label);
                weights.add(chosen.positiveWeight());
            }
            for (int i : chosen.negatives()) {
                System.arraycopy(candidates, 4 * match.background()[i], kept, at, 4);
                at += 4;
                labels.add(0L);
                weights.add(chosen.negativeWeight());
            }
            regions.add(kept);
        }
        return new Targets(
                regions,
                labels.stream().mapToLong(Long::longValue).toArray(),
                weights.stream().mapToDouble(Double::doubleValue).toArray(),
                boxes);
    }

    private static double[] concatenated(double[] first, double[] second) {
        double[] all = Arrays.copyOf(first, first.length + second.length);
        System.arraycopy(second, 0, all, first.length, second.length);
        return all;
    }

    /** Both losses of what the box head says of the targets' regions. */
    public LossTensors losses(FasterRcnnNetwork.RegionOutputs said, Targets targets) {
        Tensor entropy = torch.cross_entropy_loss(
                said.logits(), Tensors.indices(targets.labels()), new TensorOptional(), NONE, -100, 0);
        Tensor classification = entropy.mul(Tensors.of(targets.weights(), type, targets.weights().length))
                .sum();
        Tensor regression = targets.boxes().loss(said.deltas().reshape(-1, 4));
        double total = Arrays.stream(targets.weights()).sum();
        return LossTensors.of(LossTensors.Stage.DETECTIONS, classification, regression)
                .times(1 / Math.max(1, total));
    }
}
