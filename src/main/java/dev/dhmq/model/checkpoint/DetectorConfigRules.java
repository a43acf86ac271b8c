package dev.dhmq.model.checkpoint;

import dev.dhmq.InvalidInputException;
import dev.dhmq.model.DetectorConfig;
import dev.dhmq.model.RegionSettings;
import dev.dhmq.model.Resize;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

/** What a detector's configuration must be, whether it comes from a file or from options. */
public final class DetectorConfigRules {
    /** Detectors that are built from a configuration. */
    public static final List<String> DETECTORS = List.of(DetectorConfig.RETINANET, DetectorConfig.FASTER_RCNN);

    /** Backbones they may have. */
    public static final List<String> BACKBONES = List.of("resnet18", "resnet34", "resnet50", "resnet101");

    /** The coarsest anchors lie on P7, whose stride is 128, but the last level that must have whole cells is C5's. */
    private static final int STRIDE = 32;

    private static final int PYRAMID_LEVELS = 5;
    private static final int MAX_SIDE = 8192;
    private static final int MAX_REGIONS = 100_000;
    private static final int MAX_CHANNELS = 4096;
    private static final int MAX_SAMPLES = 1 << 20;
    private static final int MAX_CLASSES = 10_000;
    private static final int MAX_RATIOS = 16;

    private DetectorConfigRules() {}

    /**
     * Checks a configuration.
     *
     * @param where the file or options it comes from, with which messages begin
     * @return the same configuration
     * @throws InvalidInputException naming the first value that cannot be
     */
    public static DetectorConfig check(String where, DetectorConfig config) {
        if (config.detector().equals(DetectorConfig.TORCHSCRIPT)) {
            checkClasses(where, config.classes());
            if (config.resize() != Resize.NONE) {
                checkSize(where, config);
            }
            return config;
        }
        require(
                config.resize() != Resize.NONE,
                where,
                "images must be resized for a " + config.detector() + "; only a scripted detector may do that itself");
        require(
                DETECTORS.contains(config.detector()),
                where,
                "the detector is \"" + config.detector() + "\", but must be one of " + String.join(", ", DETECTORS)
                        + " or " + DetectorConfig.TORCHSCRIPT);
        require(
                BACKBONES.contains(config.backbone()),
                where,
                "the backbone is \"" + config.backbone() + "\", but must be one of " + String.join(", ", BACKBONES));
        requireBetween(where, "base width", config.baseWidth(), MAX_CHANNELS);
        requireBetween(where, "number of FPN channels", config.fpnChannels(), MAX_CHANNELS);
        checkSize(where, config);
        checkClasses(where, config.classes());
        checkAnchors(where, config);
        checkNormalisation(where, "mean", config.mean(), false);
        checkNormalisation(where, "standard deviation", config.std(), true);
        checkRegions(where, config.regions());
        double epsilon = config.norms().epsilon();
        require(
                epsilon >= 0 && epsilon < 1,
                where,
                "the batch norms' epsilon is " + epsilon + ", but must be at least 0 and less than 1");
        return config;
    }

    private static void checkRegions(String where, RegionSettings regions) {
        requireBetween(where, "number of candidates of a level", regions.candidates(), MAX_REGIONS);
        requireBetween(where, "number of proposals", regions.proposals(), MAX_REGIONS);
        requireBetween(where, "number of candidates of a level in training", regions.trainingCandidates(), MAX_REGIONS);
        requireBetween(where, "number of proposals in training", regions.trainingProposals(), MAX_REGIONS);
        requireBetween(where, "number of sampled anchors", regions.anchorSamples(), MAX_SAMPLES);
        requireBetween(where, "number of sampled regions", regions.regionSamples(), MAX_SAMPLES);
        requireShare(where, "share of positive anchors", regions.anchorPositives());
        requireShare(where, "share of positive regions", regions.regionPositives());
        requireBetween(where, "width of the box head", regions.headWidth(), 4 * MAX_CHANNELS);
    }

    private static void requireShare(String where, String name, double share) {
        require(share > 0 && share <= 1, where, "the " + name + " is " + share + ", but must be above 0 and at most 1");
    }

    private static void checkSize(String where, DetectorConfig config) {
        if (config.resize() == Resize.SHORTER_SIDE) {
            requireBetween(where, "shorter side (the height)", config.height(), MAX_SIDE);
            requireBetween(where, "longer side (the width)", config.width(), MAX_SIDE);
            return;
        }
        requireSide(where, "width", config.width());
        requireSide(where, "height", config.height());
    }

    private static void requireSide(String where, String name, int side) {
        requireBetween(where, "input " + name, side, MAX_SIDE);
        require(
                side % STRIDE == 0,
                where,
                "the input " + name + " is " + side + ", but must be a multiple of " + STRIDE + ", such as "
                        + Math.max(STRIDE, Math.round((float) side / STRIDE) * STRIDE));
    }

    private static void checkClasses(String where, List<DetectorConfig.Category> classes) {
        require(!classes.isEmpty(), where, "there are no classes, but a detector needs at least one");
        requireBetween(where, "number of classes", classes.size(), MAX_CLASSES);
        Set<Integer> ids = new HashSet<>();
        for (DetectorConfig.Category category : classes) {
            require(ids.add(category.id()), where, "two classes have the id " + category.id());
            require(!category.name().isBlank(), where, "the class with id " + category.id() + " has no name");
        }
    }

    private static void checkAnchors(String where, DetectorConfig config) {
        List<Integer> sizes = config.anchorSizes();
        require(
                sizes.size() == PYRAMID_LEVELS,
                where,
                "there are " + sizes.size() + " anchor sizes, but the pyramid's five levels need one each");
        for (int size : sizes) {
            requireBetween(where, "anchor size", size, MAX_SIDE);
        }
        require(
                !config.aspectRatios().isEmpty() && config.aspectRatios().size() <= MAX_RATIOS,
                where,
                "there are " + config.aspectRatios().size() + " aspect ratios, but must be 1 to " + MAX_RATIOS);
        for (double ratio : config.aspectRatios()) {
            require(
                    ratio > 0 && Double.isFinite(ratio),
                    where,
                    "an aspect ratio is " + ratio + ", but must be finite and greater than 0");
        }
    }

    private static void checkNormalisation(String where, String name, List<Double> values, boolean positive) {
        require(
                values.size() == 3,
                where,
                "the " + name + " has " + values.size() + " values, but red, green and blue need three");
        for (double value : values) {
            require(
                    Double.isFinite(value) && (value > 0 || !positive),
                    where,
                    "the " + name + " has the value " + value + ", but must be finite"
                            + (positive ? " and greater than 0" : ""));
        }
    }

    private static void requireBetween(String where, String name, int value, int most) {
        require(value >= 1 && value <= most, where, "the " + name + " is " + value + ", but must be from 1 to " + most);
    }

    private static void require(boolean holds, String where, String complaint) {
        if (!holds) {
            throw new InvalidInputException(where + ": " + complaint + ".");
        }
    }
}
