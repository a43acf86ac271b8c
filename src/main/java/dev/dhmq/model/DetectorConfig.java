package dev.dhmq.model;

import java.util.List;

/**
 * A detector's architecture and input: what {@code model.json} holds beside a checkpoint.
 *
 * @param detector {@code retinanet}
 * @param backbone {@code resnet18}, {@code resnet34} or {@code resnet50}
 * @param baseWidth channels of the backbone's first stage, 64 in torchvision's
 * @param fpnChannels channels of every pyramid level and of the heads, 256 in torchvision's
 * @param classes the classes, in the order of the network's outputs
 * @param width input columns; images are resized to exactly this
 * @param height input rows
 * @param anchorSizes smallest anchor of each pyramid level P3 to P7, in pixels, 32 to 512 in torchvision's
 * @param aspectRatios height over width of the anchors
 * @param mean per-channel mean that is subtracted from pixels in [0, 1]
 * @param std per-channel standard deviation they are then divided by
 */
public record DetectorConfig(
        String detector,
        String backbone,
        int baseWidth,
        int fpnChannels,
        List<Category> classes,
        int width,
        int height,
        List<Integer> anchorSizes,
        List<Double> aspectRatios,
        List<Double> mean,
        List<Double> std) {

    /** torchvision's normalisation, from ImageNet. */
    public static final List<Double> IMAGENET_MEAN = List.of(0.485, 0.456, 0.406);

    /** torchvision's normalisation, from ImageNet. */
    public static final List<Double> IMAGENET_STD = List.of(0.229, 0.224, 0.225);

    /**
     * One class.
     *
     * @param id the data set's category id
     * @param name what people call it
     */
    public record Category(int id, String name) {}
}
