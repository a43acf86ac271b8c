package dev.dhmq.train;

/** Which rule moves the parameters along their gradients. */
public sealed interface OptimizerSettings {
    /** Highest learning rate of the schedule. */
    double learningRate();

    /** The same rule without weight decay. */
    OptimizerSettings withoutDecay();

    /**
     * Adam with decoupled weight decay (Loshchilov and Hutter, 2019), betas 0.9 and 0.999.
     *
     * @param weightDecay share of a parameter that a step with learning rate 1 would take away
     */
    record AdamW(double learningRate, double weightDecay) implements OptimizerSettings {
        public AdamW {
            requireSensible(learningRate, weightDecay);
        }

        @Override
        public OptimizerSettings withoutDecay() {
            return new AdamW(learningRate, 0);
        }
    }

    /**
     * Stochastic gradient descent with momentum, as torch's.
     *
     * @param momentum share of the last direction that is kept, from 0 to less than 1
     * @param weightDecay share of a parameter that is added to its gradient
     */
    record Sgd(double learningRate, double momentum, double weightDecay) implements OptimizerSettings {
        public Sgd {
            requireSensible(learningRate, weightDecay);
            if (!(momentum >= 0 && momentum < 1)) {
                throw new IllegalArgumentException(
                        "Momentum must be at least 0 and less than 1, not " + momentum + ".");
            }
        }

        @Override
        public OptimizerSettings withoutDecay() {
            return new Sgd(learningRate, momentum, 0);
        }
    }

    private static void requireSensible(double learningRate, double weightDecay) {
        if (!(learningRate > 0 && Double.isFinite(learningRate)) || !(weightDecay >= 0)) {
            throw new IllegalArgumentException("Training needs a positive learning rate and a weight decay of at least"
                    + " 0, but got " + learningRate + " and " + weightDecay + ".");
        }
    }
}
