package dev.dhmq.search.baseline;

import java.util.Arrays;

/**
 * The choices of the first layers that no other choice beats in both weight and cost, by rising weight and falling cost: the
 * lists of Nemhauser and Ullmann (Discrete dynamic programming and capital allocation, Management Science 15, 1969).
 */
final class DominanceList {
    private long[] weights = new long[16];
    private double[] costs = new double[16];
    private int[] parents = new int[16];
    private byte[] choices = new byte[16];
    private int size;

    private DominanceList() {}

    /** No layer chosen yet. */
    static DominanceList empty() {
        DominanceList list = new DominanceList();
        list.add(0, 0, -1, 0);
        return list;
    }

    /**
     * The list with one layer more: every entry with every choice, merged by weight, without those that another beats or that
     * cannot end within the capacity at {@code most}.
     */
    DominanceList with(int layer, KnapsackItems items, LagrangianBound bound, double most) {
        long[] weight = items.weights()[layer];
        double[] cost = items.costs()[layer];
        int[] next = new int[weight.length]; // entry of this list that each choice goes on with
        DominanceList merged = new DominanceList();
        double best = Double.POSITIVE_INFINITY;
        while (true) {
            int choice = lightest(next, weight, cost);
            if (choice < 0) {
                return merged;
            }
            int parent = next[choice]++;
            long w = weights[parent] + weight[choice];
            double c = costs[parent] + cost[choice];
            if (c < best && bound.mayReach(layer + 1, w, c, most)) {
                merged.add(w, c, parent, choice);
                best = c;
            }
        }
    }

    /** The choice whose next entry is lightest, of several the cheapest; -1 at the end of all. */
    private int lightest(int[] next, long[] weight, double[] cost) {
        int found = -1;
        for (int k = 0; k < next.length; k++) {
            if (next[k] < size && (found < 0 || before(k, found, next, weight, cost))) {
                found = k;
            }
        }
        return found;
    }

    private boolean before(int k, int other, int[] next, long[] weight, double[] cost) {
        long difference = weights[next[k]] + weight[k] - weights[next[other]] - weight[other];
        return difference < 0 || (difference == 0 && costs[next[k]] + cost[k] < costs[next[other]] + cost[other]);
    }

    private void add(long weight, double cost, int parent, int choice) {
        if (size == weights.length) {
            int larger = Math.multiplyExact(size, 2);
            weights = Arrays.copyOf(weights, larger);
            costs = Arrays.copyOf(costs, larger);
            parents = Arrays.copyOf(parents, larger);
            choices = Arrays.copyOf(choices, larger);
        }
        weights[size] = weight;
        costs[size] = cost;
        parents[size] = parent;
        choices[size] = (byte) choice;
        size++;
    }

    /** Index of the cheapest entry, which is the heaviest. */
    int cheapest() {
        return size - 1;
    }

    int parent(int entry) {
        return parents[entry];
    }

    int choice(int entry) {
        return choices[entry];
    }

    /** Keeps only what it takes to trace entries back. */
    void forgetSums() {
        weights = new long[0];
        costs = new double[0];
        parents = Arrays.copyOf(parents, size);
        choices = Arrays.copyOf(choices, size);
    }
}
