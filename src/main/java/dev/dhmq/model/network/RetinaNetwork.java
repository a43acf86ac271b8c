package dev.dhmq.model.network;

import dev.dhmq.model.DetectorConfig;
import dev.dhmq.model.box.AnchorShapes;
import java.util.List;

/**
 * RetinaNet (Lin et al., 2017): ResNet, feature pyramid, and two heads shared by all levels. Parameter names are
 * torchvision's, so its checkpoints fit.
 */
public final class RetinaNetwork {
    private final ResNet backbone;
    private final FeaturePyramid pyramid;
    private final RetinaHead classification;
    private final RetinaHead regression;

    /** Declares the parameters in the store; {@link Initialization} or a checkpoint fills them. */
    public RetinaNetwork(ParameterStore store, DetectorConfig config) {
        int anchors = AnchorShapes.octaves(config.anchorSizes(), config.aspectRatios())
                .perPlace();
        int channels = config.fpnChannels();
        backbone = new ResNet(store, "backbone.body", config, 1);
        pyramid = new FeaturePyramid(
                store, "backbone.fpn", backbone.featureChannels(), channels, FeaturePyramid.Top.CONVOLUTIONS);
        classification = new RetinaHead(
                store,
                "head.classification_head",
                "cls_logits",
                channels,
                anchors,
                config.classes().size());
        regression = new RetinaHead(store, "head.regression_head", "bbox_reg", channels, anchors, 4);
        pyramid.readBy(classification.tower().getFirst(), regression.tower().getFirst());
    }

    /**
     * What the heads say of every anchor: class logits, [N, anchors, classes], and box deltas, [N, anchors, 4].
     *
     * @param images normalised images, [N, 3, H, W]
     * @param training whether batch norms use and update the batch's statistics
     */
    public OutputSignals forward(Signal images, boolean training) {
        List<Signal> levels = pyramid.forward(backbone.forward(images, training));
        return new OutputSignals(classification.forward(levels), regression.forward(levels));
    }

    FeaturePyramid pyramid() {
        return pyramid;
    }

    RetinaHead classification() {
        return classification;
    }

    RetinaHead regression() {
        return regression;
    }
}
