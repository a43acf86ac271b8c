package dev.dhmq.train;

/**
 * The one-cycle learning rate (Smith and Topin, 2019): up from max/25 over the first 30 % of the steps, then down to
 * almost nothing, both along half a cosine.
 */
record OneCycle(double max, long steps) {
    private static final double WARM_UP = 0.3;
    private static final double INITIAL_DIVISOR = 25;
    private static final double FINAL_DIVISOR = 1e4;

    /** Learning rate of this step, counted from 0. */
    double at(long step) {
        double peak = WARM_UP * steps - 1;
        if (step <= peak) {
            return between(max / INITIAL_DIVISOR, max, peak == 0 ? 1 : step / peak);
        }
        return between(max, max / INITIAL_DIVISOR / FINAL_DIVISOR, (step - peak) / Math.max(1, steps - 1 - peak));
    }

    private static double between(double from, double to, double share) {
        return to + (from - to) / 2 * (1 + Math.cos(Math.PI * share));
    }
}
