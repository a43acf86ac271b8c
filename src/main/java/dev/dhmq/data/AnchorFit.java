package dev.dhmq.data;

import dev.dhmq.model.DetectorConfig;
import dev.dhmq.model.Resize;
import java.util.List;
import java.util.stream.Stream;

/**
 * Anchor sizes that suit a data set's objects: torchvision's 32 to 512, or all of them halved once or twice where many
 * objects are too small at the network's input size for the smallest anchor.
 */
public final class AnchorFit {
    private static final List<Integer> SMALLEST = List.of(32, 16, 8);
    private static final int LEVELS = 5;

    /** An object this much smaller than the smallest anchor, in side length, overlaps it by IoU 0.5 and still matches. */
    private static final double LEAST_SHARE_OF_ANCHOR = 0.7;

    /** Share of the objects that the smallest anchor must suit. */
    private static final double SUITED = 0.95;

    private AnchorFit() {}

    /** The smallest anchor of each of the five levels, for images resized as this detector wants them. */
    public static List<Integer> sizes(CocoDataset dataset, DetectorConfig config) {
        int smallest = SMALLEST.stream()
                .filter(size -> suited(dataset, config, size) >= SUITED)
                .findFirst()
                .orElse(SMALLEST.getLast());
        return Stream.iterate(smallest, size -> 2 * size).limit(LEVELS).toList();
    }

    private static double suited(CocoDataset dataset, DetectorConfig config, int anchor) {
        long suited = 0;
        long all = 0;
        for (int i = 0; i < dataset.size(); i++) {
            CocoDataset.Image image = dataset.image(i);
            Resize.Size size = config.resize().sizeOf(image.width(), image.height(), config);
            double shrink = Math.sqrt((double) size.width() / image.width() * size.height() / image.height());
            for (CocoDataset.Annotation object : dataset.objects(i)) {
                all++;
                if (Math.sqrt(object.width() * object.height()) * shrink >= LEAST_SHARE_OF_ANCHOR * anchor) {
                    suited++;
                }
            }
        }
        return all == 0 ? 1 : (double) suited / all;
    }
}
