package dev.dhmq.search;

/** How many layers go down for one gradient. */
public sealed interface StepSize {

    /** The name on the command line and in plans: {@code adaptive}, or the number of layers. */
    String label();

    /** The same number of layers every time, whatever comes of it; the paper moves one. */
    record Fixed(int layers) implements StepSize {
        public Fixed {
            if (layers < 1) {
                throw new IllegalArgumentException("A step moves at least one layer, not " + layers + ".");
            }
        }

        @Override
        public String label() {
            return Integer.toString(layers);
        }
    }

    /**
     * As many layers as predictions hold for, as a trust region grows and shrinks its radius (Nocedal and Wright, Algorithm
     * 4.1, with the number of layers for the radius). A step whose loss rose much more than predicted is taken back.
     *
     * @param first layers of the first step
     * @param most layers of any step: a sum of predictions leaves out what layers do to each other
     */
    record Adaptive(int first, int most) implements StepSize {
        public Adaptive {
            if (first < 1 || most < first) {
                throw new IllegalArgumentException(
                        "Steps begin with at least one layer and end with no fewer, but these move " + first + " to "
                                + most + ".");
            }
        }

        @Override
        public String label() {
            return "adaptive";
        }
    }
}
