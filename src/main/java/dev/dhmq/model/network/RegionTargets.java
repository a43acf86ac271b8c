package dev.dhmq.model.network;

import dev.dhmq.model.GroundTruth;
import dev.dhmq.model.box.AnchorMatch;
import dev.dhmq.model.box.BalancedSampler;
import dev.dhmq.model.box.BoxCoder;
import dev.dhmq.model.box.MatchRule;
import dev.dhmq.model.box.Sampling;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/** The regions of a batch that the box head's losses count, and what the box head should say of them. */
public final class RegionTargets {
    private final int outputs;
    private final List<double[]> regions = new ArrayList<>();
    private final List<Target> targets = new ArrayList<>();
    private final BoxTargets boxes = new BoxTargets(BoxCoder.REGIONS);

    /**
     * What the box head should say of one region.
     *
     * @param label 0 for background, else 1 and on
     * @param weight how much it counts
     */
    private record Target(long label, double weight) {}

    /** @param outputs of the box head, background and the classes */
    RegionTargets(int outputs) {
        this.outputs = outputs;
    }

    /**
     * Samples an image's regions: its proposals, and its annotated objects, so that there is something to learn from while
     * the proposals are bad.
     */
    void addImage(double[] proposals, GroundTruth truth, BalancedSampler sampler, Sampling sampling) {
        double[] objects = truth.doubleBoxes();
        double[] candidates = concatenated(proposals, objects);
        AnchorMatch match = AnchorMatch.of(candidates, objects, MatchRule.REGIONS);
        BalancedSampler.Chosen chosen = sampling.choose(sampler, match.foreground().length, match.background().length);
        List<Integer> kept = new ArrayList<>();
        for (int i : chosen.positives()) {
            int region = match.foreground()[i];
            int object = match.objects()[i];
            long label = 1L + truth.labels()[object];
            long row = targets.size() * (long) outputs + label;
            boxes.add(row, candidates, region, objects, object, chosen.positiveWeight());
            targets.add(new Target(label, chosen.positiveWeight()));
            kept.add(region);
        }
        for (int i : chosen.negatives()) {
            targets.add(new Target(0, chosen.negativeWeight()));
            kept.add(match.background()[i]);
        }
        regions.add(kept.stream()
                .flatMapToDouble(region -> Arrays.stream(candidates, 4 * region, 4 * region + 4))
                .toArray());
    }

    private static double[] concatenated(double[] first, double[] second) {
        double[] all = Arrays.copyOf(first, first.length + second.length);
        System.arraycopy(second, 0, all, first.length, second.length);
        return all;
    }

    /** x1, y1, x2, y2 of the regions of each image. */
    public List<double[]> regions() {
        return regions;
    }

    /** Label of every region, image by image. */
    long[] labels() {
        return targets.stream().mapToLong(Target::label).toArray();
    }

    /** Weight of every region, image by image. */
    double[] weights() {
        return targets.stream().mapToDouble(Target::weight).toArray();
    }

    /** Boxes of the regions that stand for objects. */
    BoxTargets boxes() {
        return boxes;
    }
}
