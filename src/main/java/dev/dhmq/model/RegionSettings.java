package dev.dhmq.model;

/**
 * Faster R-CNN's second stage.
 *
 * @param candidates most confident anchors of each level that are decoded, when detecting
 * @param proposals regions of an image that the box head looks at, when detecting
 * @param trainingCandidates the same for losses
 * @param trainingProposals the same for losses, the annotated objects not counted
 * @param anchorSamples anchors of an image that the region proposal network's losses count
 * @param anchorPositives at most this share of them stand for objects
 * @param regionSamples proposals of an image that the box head's losses count
 * @param regionPositives at most this share of them stand for objects
 * @param headWidth outputs of the box head's two hidden layers
 */
public record RegionSettings(
        int candidates,
        int proposals,
        int trainingCandidates,
        int trainingProposals,
        int anchorSamples,
        double anchorPositives,
        int regionSamples,
        double regionPositives,
        int headWidth) {
    /** torchvision's defaults. */
    public static final RegionSettings TORCHVISION =
            new RegionSettings(1000, 1000, 2000, 2000, 256, 0.5, 512, 0.25, 1024);
}
