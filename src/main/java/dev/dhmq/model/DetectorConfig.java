package dev.dhmq.model;

import java.util.List;

/**
 * A detector's architecture and input: what {@code model.json} holds beside a checkpoint.
 *
 * @param detector {@link #RETINANET}, {@link #FASTER_RCNN} or {@link #TORCHSCRIPT}
 * @param backbone {@code resnet18}, {@code resnet34}, {@code resnet50} or {@code resnet101}
 * @param baseWidth channels of the backbone's first stage, 64 in torchvision's
 * @param fpnChannels channels of every pyramid level and of the heads, 256 in torchvision's
 * @param classes the classes, in the order of the network's outputs; Faster R-CNN's output for background, which comes
 *     first, is not among them
 * @param width columns of the network's input, or the most there may be; see {@link Resize}
 * @param height rows of the network's input, or those of an image's shorter side
 * @param resize how images come to this size
 * @param anchorSizes smallest anchor of each pyramid level, in pixels, 32 to 512 in torchvision's
 * @param aspectRatios height over width of the anchors
 * @param mean per-channel mean that is subtracted from pixels in [0, 1]
 * @param std per-channel standard deviation they are then divided by
 * @param norms the batch norms
 * @param regions the second stage of Faster R-CNN; not used by RetinaNet
 */
public record DetectorConfig(
        String detector,
        String backbone,
        int baseWidth,
        int fpnChannels,
        List<Category> classes,
        int width,
        int height,
        Resize resize,
        List<Integer> anchorSizes,
        List<Double> aspectRatios,
        List<Double> mean,
        List<Double> std,
        BatchNorms norms,
        RegionSettings regions) {

    /** RetinaNet (Lin et al., 2017). */
    public static final String RETINANET = "retinanet";

    /** Faster R-CNN (Ren et al., 2015) with a feature pyramid. */
    public static final String FASTER_RCNN = "fasterrcnn";

    /** A program that {@code torch.jit.script} has made of a detector. */
    public static final String TORCHSCRIPT = "torchscript";

    /** torchvision's normalisation, from ImageNet. */
    public static final List<Double> IMAGENET_MEAN = List.of(0.485, 0.456, 0.406);

    /** torchvision's normalisation, from ImageNet. */
    public static final List<Double> IMAGENET_STD = List.of(0.229, 0.224, 0.225);

    /** A detector with torchvision's normalisation, batch norms that are trained, and images stretched to its input. */
    public DetectorConfig(
            String detector,
            String backbone,
            int baseWidth,
            int fpnChannels,
            List<Category> classes,
            int width,
            int height,
            List<Integer> anchorSizes,
            List<Double> aspectRatios) {
        this(
                detector,
                backbone,
                baseWidth,
                fpnChannels,
                classes,
                width,
                height,
                Resize.STRETCH,
                anchorSizes,
                aspectRatios,
                IMAGENET_MEAN,
                IMAGENET_STD,
                BatchNorms.TRAINED,
                RegionSettings.TORCHVISION);
    }

    /**
     * A scripted detector: all but its classes and its input is in the program.
     *
     * @param classes one for every label from 0 on, background too where the program has a label for it
     */
    public static DetectorConfig scripted(List<Category> classes, int width, int height, Resize resize) {
        return new DetectorConfig(
                TORCHSCRIPT,
                "",
                0,
                0,
                classes,
                width,
                height,
                resize,
                List.of(),
                List.of(),
                List.of(),
                List.of(),
                BatchNorms.TRAINED,
                RegionSettings.TORCHVISION);
    }

    /** The same detector with images that come to its input in another way. */
    public DetectorConfig withResize(Resize other) {
        return new DetectorConfig(
                detector,
                backbone,
                baseWidth,
                fpnChannels,
                classes,
                width,
                height,
                other,
                anchorSizes,
                aspectRatios,
                mean,
                std,
                norms,
                regions);
    }

    /**
     * One class.
     *
     * @param id the data set's category id
     * @param name what people call it
     */
    public record Category(int id, String name) {}

    /**
     * The batch norms of the backbone.
     *
     * @param frozen whether training leaves their scales, shifts and statistics alone, as torchvision's {@code
     *     FrozenBatchNorm2d} does
     * @param epsilon added to variances; 1e-5, but 0 in torchvision's detectors trained on COCO
     */
    public record BatchNorms(boolean frozen, double epsilon) {
        /** torchvision's where a detector is trained from scratch. */
        public static final BatchNorms TRAINED = new BatchNorms(false, 1e-5);
    }
}
