package dev.dhmq.model.network;

import dev.dhmq.model.DetectorConfig;
import dev.dhmq.model.box.AnchorShapes;
import java.util.List;

/**
 * Faster R-CNN (Ren et al., 2015) with a feature pyramid (Lin et al., 2017): ResNet, pyramid, region proposal network, and
 * a box head over the regions it proposes. Parameter names are torchvision's, so its checkpoints fit.
 */
public final class FasterRcnnNetwork {
    private final ResNet backbone;
    private final FeaturePyramid pyramid;
    private final ProposalHead proposals;
    private final BoxHead regions;

    /** Declares the parameters in the store; {@link Initialization} or a checkpoint fills them. */
    public FasterRcnnNetwork(ParameterStore store, DetectorConfig config) {
        int channels = config.fpnChannels();
        int anchors =
                AnchorShapes.single(config.anchorSizes(), config.aspectRatios()).perPlace();
        backbone = new ResNet(store, "backbone.body", config, 0);
        pyramid = new FeaturePyramid(
                store, "backbone.fpn", backbone.featureChannels(), channels, FeaturePyramid.Top.POOLING);
        proposals = new ProposalHead(store, "rpn.head", channels, anchors);
        regions = new BoxHead(
                store,
                "roi_heads",
                channels,
                config.regions().headWidth(),
                1 + config.classes().size());
    }

    /**
     * P2 to P6 of normalised images, [N, 3, H, W].
     *
     * @param training whether batch norms use and update the batch's statistics
     */
    public List<Signal> pyramid(Signal images, boolean training) {
        return pyramid.forward(backbone.forward(images, training));
    }

    /** What the region proposal network says of every anchor: objectness, [N, anchors], and deltas, [N, anchors, 4]. */
    public OutputSignals proposals(List<Signal> pyramid) {
        return proposals.forward(pyramid);
    }

    /**
     * What the box head says of every region, image by image: logits of background and the classes,
     * [regions, 1 + classes], and box deltas of background, which mean nothing, and the classes,
     * [regions, 4 (1 + classes)].
     *
     * @param regions x1, y1, x2, y2 of every region of each image, in input pixels
     */
    public OutputSignals regions(List<Signal> pyramid, List<double[]> regions) {
        return this.regions.forward(RoiAlign.pool(pyramid.subList(0, RoiAlign.LEVELS), regions));
    }

    FeaturePyramid pyramid() {
        return pyramid;
    }

    ProposalHead proposalHead() {
        return proposals;
    }

    BoxHead boxHead() {
        return regions;
    }
}
