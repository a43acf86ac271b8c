package dev.dhmq.cli;

import dev.dhmq.data.AnchorFit;
import dev.dhmq.data.CocoDataset;
import dev.dhmq.model.DetectorConfig;
import dev.dhmq.model.RegionSettings;
import dev.dhmq.model.Resize;
import dev.dhmq.model.checkpoint.DetectorConfigRules;
import java.util.List;
import java.util.function.Function;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/** Mixin: the detector to be trained. */
final class ArchitectureOptions {
    private static final List<Integer> TORCHVISION_ANCHORS = List.of(32, 64, 128, 256, 512);

    @Option(
            names = "--model",
            defaultValue = "retinanet",
            paramLabel = "DETECTOR",
            converter = DetectorNames.class,
            completionCandidates = DetectorNames.class,
            description = "retinanet (default) or fasterrcnn.")
    private String detector;

    @Option(
            names = "--backbone",
            defaultValue = "resnet18",
            paramLabel = "BACKBONE",
            converter = BackboneNames.class,
            completionCandidates = BackboneNames.class,
            description = "resnet18 (default), resnet34, resnet50 or resnet101.")
    private String backbone;

    @Option(
            names = "--base-width",
            defaultValue = "64",
            paramLabel = "N",
            description = "Channels of the backbone's first stage (default: 64, torchvision's).")
    private int baseWidth;

    @Option(
            names = "--fpn-channels",
            defaultValue = "256",
            paramLabel = "N",
            description = "Channels of the feature pyramid and the heads (default: 256, torchvision's).")
    private int fpnChannels;

    @Option(
            names = "--size",
            defaultValue = "512x512",
            paramLabel = "WxH",
            converter = ImageSize.Converter.class,
            description = "The network's input; images are resized to it (default: 512x512).")
    private ImageSize size;

    @Option(
            names = "--resize",
            defaultValue = "stretch",
            paramLabel = "HOW",
            converter = ResizeChoice.class,
            completionCandidates = ResizeChoice.class,
            description = "stretch to the size (default), letterbox into it, or shorter-side: H is the shorter side,"
                    + " or less where the longer one would exceed W, as torchvision does.")
    private Resize resize;

    @Option(
            names = "--anchor-sizes",
            split = ",",
            paramLabel = "N",
            description = "Smallest anchor of each of the five levels (default: fitted to the annotated objects).")
    private @Nullable List<Integer> anchorSizes;

    @Option(names = "--freeze-norms", description = "Leave the batch norms' scales, shifts and statistics as they are.")
    private boolean frozenNorms;

    @Option(
            names = "--proposals",
            defaultValue = "1000",
            paramLabel = "N",
            description =
                    "Faster R-CNN: regions of an image that are looked at (default: 1000, torchvision's); twice as"
                            + " many in training.")
    private int proposals;

    @Option(
            names = "--region-samples",
            defaultValue = "512",
            paramLabel = "N",
            description = "Faster R-CNN: regions of an image that the loss counts (default: 512, torchvision's).")
    private int regionSamples;

    @Option(
            names = "--head-width",
            defaultValue = "1024",
            paramLabel = "N",
            description = "Faster R-CNN: outputs of the box head's hidden layers (default: 1024, torchvision's).")
    private int headWidth;

    static final class DetectorNames extends NamedChoice<String> {
        DetectorNames() {
            super(DetectorConfigRules.DETECTORS.stream(), Function.identity());
        }
    }

    static final class BackboneNames extends NamedChoice<String> {
        BackboneNames() {
            super(DetectorConfigRules.BACKBONES.stream(), Function.identity());
        }
    }

    static final class ResizeChoice extends NamedChoice<Resize> {
        ResizeChoice() {
            super(Stream.of(Resize.values()).filter(way -> way != Resize.NONE), Resize::label);
        }
    }

    /** The detector for these annotations' classes. */
    DetectorConfig config(CocoDataset dataset) {
        if (anchorSizes != null) {
            return config(dataset, anchorSizes);
        }
        // How images are resized does not depend on the anchors.
        return config(dataset, AnchorFit.sizes(dataset, config(dataset, TORCHVISION_ANCHORS)));
    }

    private DetectorConfig config(CocoDataset dataset, List<Integer> anchors) {
        RegionSettings torchvision = RegionSettings.TORCHVISION;
        RegionSettings regions = new RegionSettings(
                proposals,
                proposals,
                2 * proposals,
                2 * proposals,
                torchvision.anchorSamples(),
                torchvision.anchorPositives(),
                regionSamples,
                torchvision.regionPositives(),
                headWidth);
        return DetectorConfigRules.check(
                "The options",
                new DetectorConfig(
                        detector,
                        backbone,
                        baseWidth,
                        fpnChannels,
                        dataset.categories(),
                        size.width(),
                        size.height(),
                        resize,
                        anchors,
                        List.of(0.5, 1.0, 2.0),
                        DetectorConfig.IMAGENET_MEAN,
                        DetectorConfig.IMAGENET_STD,
                        new DetectorConfig.BatchNorms(frozenNorms, DetectorConfig.BatchNorms.TRAINED.epsilon()),
                        regions));
    }
}
