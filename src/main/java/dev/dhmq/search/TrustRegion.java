package dev.dhmq.search;

/**
 * How many layers the next step may move, from how the last predictions held: the ratio of the measured to the predicted rise of
 * the loss. Fixed step sizes neither grow, shrink, nor reject.
 */
final class TrustRegion {
    /** Up to this ratio the number of layers doubles. */
    private static final double GROW = 1.5;
    /** From this ratio on it halves. */
    private static final double SHRINK = 2;
    /** Beyond this ratio the step is taken back, unless it moved one layer, which cannot be divided. */
    private static final double REJECT = 4;

    /** A change of the loss this small, as a share of it, says nothing. */
    private static final double NOISE = 0.01;

    private final boolean adaptive;
    private final int most;
    private int layers;

    TrustRegion(StepSize sizes) {
        switch (sizes) {
            case StepSize.Fixed fixed -> {
                adaptive = false;
                most = fixed.layers();
                layers = fixed.layers();
            }
            case StepSize.Adaptive size -> {
                adaptive = true;
                most = size.most();
                layers = size.first();
            }
        }
    }

    /** Layers of the next step, at most. */
    int layers() {
        return layers;
    }

    /** Goes back to this number of layers. */
    void restore(int earlier) {
        layers = earlier;
    }

    /**
     * Learns from a step.
     *
     * @param moved layers it moved
     * @param loss the weighted loss before it
     * @return whether it stands
     */
    boolean accept(int moved, double predicted, double measured, double loss) {
        if (!adaptive) {
            return true;
        }
        double rise = Math.max(predicted, 0);
        double noise = NOISE * Math.abs(loss);
        if (measured > REJECT * rise + noise && moved > 1) {
            layers = Math.max(1, moved / 2);
            return false;
        }
        if (measured > SHRINK * rise + noise) {
            layers = Math.max(1, moved / 2);
        } else if (measured <= GROW * rise + noise && moved == layers) {
            layers = Math.min(most, 2 * moved);
        }
        return true;
    }
}
