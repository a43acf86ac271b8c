package dev.dhmq.train;

/** How the learning rate goes over the steps of a training. */
public sealed interface Schedule {

    /**
     * Share of the highest learning rate.
     *
     * @param step counted from 0
     * @param steps of the whole training
     */
    double at(long step, long steps);

    /**
     * One cycle (Smith and Topin, 2019): up from 1/25 over the first 30 % of the steps, then down to almost nothing, both
     * along half a cosine.
     */
    record OneCycle() implements Schedule {
        private static final double WARM_UP = 0.3;
        private static final double INITIAL = 1.0 / 25;
        private static final double FINAL = INITIAL / 1e4;

        @Override
        public double at(long step, long steps) {
            double peak = WARM_UP * steps - 1;
            if (step <= peak) {
                return alongCosine(INITIAL, 1, peak == 0 ? 1 : step / peak);
            }
            return alongCosine(1, FINAL, (step - peak) / Math.max(1, steps - 1 - peak));
        }
    }

    /** Up in a straight line over the first steps, then down to nothing along half a cosine (Loshchilov and Hutter, 2017). */
    record Cosine(long warmUpSteps) implements Schedule {
        @Override
        public double at(long step, long steps) {
            if (step < warmUpSteps) {
                return warmUp(step, warmUpSteps);
            }
            return alongCosine(1, 0, (double) (step - warmUpSteps) / Math.max(1, steps - warmUpSteps));
        }
    }

    /** Up in a straight line over the first steps, then always the same. */
    record Constant(long warmUpSteps) implements Schedule {
        @Override
        public double at(long step, long steps) {
            return step < warmUpSteps ? warmUp(step, warmUpSteps) : 1;
        }
    }

    private static double warmUp(long step, long warmUpSteps) {
        return (step + 1.0) / (warmUpSteps + 1);
    }

    private static double alongCosine(double from, double to, double share) {
        return to + (from - to) / 2 * (1 + Math.cos(Math.PI * share));
    }
}
