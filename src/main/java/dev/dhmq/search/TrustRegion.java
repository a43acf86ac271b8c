package dev.dhmq.search;

/**
 * How many layers the next step may move, from how the last predictions held: {@code ratio} = measured over predicted change
 * of the loss. Fixed step sizes neither grow, shrink, nor reject.
 */
final class TrustRegion {
    /** Up to this ratio the number of layers doubles. */
    private static final double GROW = 1.5;
    /** From this ratio on it halves. */
    private static final double SHRINK = 2;
    /** Beyond this ratio the step is taken back, unless it moved one layer, which cannot be divided. */
    private static final double REJECT = 4;

    private final boolean adaptive;
    private int layers;

    TrustRegion(StepSize size) {
        switch (size) {
            case StepSize.Fixed fixed -> {
                adaptive = false;
                layers = fixed.layers();
            }
            case StepSize.Adaptive first -> {
                adaptive = true;
                layers = first.first();
            }
        }
    }

    /** Layers of the next step, at most. */
    int layers() {
        return layers;
    }

    /**
     * Learns from a step.
     *
     * @param moved layers it moved
     * @return whether it stands
     */
    boolean accept(int moved, double predicted, double measured) {
        if (!adaptive) {
            return true;
        }
        double ratio = measured / Math.max(predicted, Double.MIN_NORMAL);
        if (ratio > REJECT && moved > 1) {
            layers = Math.max(1, moved / 2);
            return false;
        }
        if (ratio >= SHRINK) {
            layers = Math.max(1, moved / 2);
        } else if (ratio <= GROW && moved == layers) {
            layers = 2 * moved;
        }
        return true;
    }
}
