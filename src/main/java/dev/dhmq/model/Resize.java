package dev.dhmq.model;

/** How an image comes to the size of a network's input. */
public enum Resize {
    /** Not at all: for scripted detectors and exported files, which do it themselves. */
    NONE("none"),

    /** To exactly the input's width and height, whatever the image's proportions. */
    STRETCH("stretch"),

    /** As large as fits into the input's width and height, proportions kept; the rest is padding. */
    LETTERBOX("letterbox"),

    /**
     * As torchvision's {@code GeneralizedRCNNTransform}: the shorter side to the input's height, or less where the longer
     * one would exceed the input's width; padded to the batch's largest image and to a multiple of 32.
     */
    SHORTER_SIDE("shorter-side");

    private final String label;

    Resize(String label) {
        this.label = label;
    }

    /** Its name in files and options. */
    public String label() {
        return label;
    }

    /** The size of an image of this size at the network's input, without padding. */
    public Size sizeOf(int imageWidth, int imageHeight, DetectorConfig config) {
        return switch (this) {
            case NONE -> new Size(imageWidth, imageHeight);
            case STRETCH -> new Size(config.width(), config.height());
            case LETTERBOX -> {
                double scale = Math.min((double) config.width() / imageWidth, (double) config.height() / imageHeight);
                yield new Size(rounded(imageWidth * scale), rounded(imageHeight * scale));
            }
            case SHORTER_SIDE -> {
                double scale = Math.min(
                        (double) config.height() / Math.min(imageWidth, imageHeight),
                        (double) config.width() / Math.max(imageWidth, imageHeight));
                // Cut, not rounded, as torch's interpolate does with a scale factor.
                yield new Size(Math.max(1, (int) (imageWidth * scale)), Math.max(1, (int) (imageHeight * scale)));
            }
        };
    }

    private static int rounded(double side) {
        return Math.max(1, (int) Math.rint(side));
    }

    /**
     * A size in pixels.
     *
     * @param width columns
     * @param height rows
     */
    public record Size(int width, int height) {}
}
