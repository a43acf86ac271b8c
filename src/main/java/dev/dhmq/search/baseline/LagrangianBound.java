package dev.dhmq.search.baseline;

/**
 * How little the layers still to be chosen can cost. For any multiplier m >= 0, by weak duality, with c and w of the choices so
 * far:
 *
 * <pre>
 *   c + (sum over the other layers of min_k (c_lk + m w_lk)) - m (capacity - w)
 * </pre>
 *
 * is at most what the cheapest completion within the capacity costs. The multiplier is the one that bounds the whole knapsack
 * best (Fisher, The Lagrangian relaxation method, Management Science 27, 1981).
 */
final class LagrangianBound {
    private static final int BISECTIONS = 100;

    private final KnapsackItems items;
    private final double multiplier;
    private final double[] rest;
    private final long[] leastWeight;
    private final double rounding;

    LagrangianBound(KnapsackItems items) {
        this.items = items;
        this.multiplier = bestMultiplier();
        int layers = items.layers();
        rest = new double[layers + 1];
        leastWeight = new long[layers + 1];
        double sizes = multiplier * items.capacity();
        for (int l = layers - 1; l >= 0; l--) {
            rest[l] = rest[l + 1] + priced(l, cheapest(l, multiplier), multiplier);
            leastWeight[l] = leastWeight[l + 1] + least(items.weights()[l]);
            for (double cost : items.costs()[l]) {
                sizes += Math.abs(cost);
            }
        }
        // Sums of some hundred terms are right to far better than this.
        rounding = 1e-12 * sizes;
    }

    /** Whether layers from {@code layer} on can bring the sum so far to an end within the capacity and at no more than this. */
    boolean mayReach(int layer, long weight, double cost, double most) {
        return weight + leastWeight[layer] <= items.capacity()
                && cost + rest[layer] - multiplier * (items.capacity() - weight) <= most + rounding;
    }

    private static long least(long[] weights) {
        long least = weights[0];
        for (long weight : weights) {
            least = Math.min(least, weight);
        }
        return least;
    }

    /** The dual is concave in m and rises as long as the choices cheapest at m are too heavy. */
    private double bestMultiplier() {
        double low = 0;
        double high = steepest();
        if (relaxedWeight(0) <= items.capacity()) {
            return 0;
        }
        for (int i = 0; i < BISECTIONS; i++) {
            double middle = (low + high) / 2;
            if (relaxedWeight(middle) <= items.capacity()) {
                high = middle;
            } else {
                low = middle;
            }
        }
        return high;
    }

    private long relaxedWeight(double m) {
        long sum = 0;
        for (int l = 0; l < items.layers(); l++) {
            sum += items.weights()[l][cheapest(l, m)];
        }
        return sum;
    }

    /** The choice of least c + m w, the lightest of several. */
    private int cheapest(int layer, double m) {
        int best = 0;
        for (int k = 1; k < items.bits()[layer].length; k++) {
            double difference = priced(layer, k, m) - priced(layer, best, m);
            if (difference < 0 || (difference == 0 && items.weights()[layer][k] < items.weights()[layer][best])) {
                best = k;
            }
        }
        return best;
    }

    private double priced(int layer, int choice, double m) {
        return items.costs()[layer][choice] + m * items.weights()[layer][choice];
    }

    /** A multiplier at which every layer is cheapest where it is lightest. */
    private double steepest() {
        double steepest = 0;
        for (int l = 0; l < items.layers(); l++) {
            for (int a = 0; a < items.bits()[l].length; a++) {
                for (int b = 0; b < items.bits()[l].length; b++) {
                    double heavier = (double) items.weights()[l][a] - items.weights()[l][b];
                    if (heavier > 0) {
                        steepest = Math.max(steepest, (items.costs()[l][b] - items.costs()[l][a]) / heavier);
                    }
                }
            }
        }
        return 2 * steepest;
    }
}
