package dev.dhmq.model.box;

import java.util.Arrays;

/**
 * Which places along one axis of a feature map the bins of a region read, and with what weights: RoIAlign (He et al.,
 * 2017) is bilinear, so it is the product of its two axes.
 *
 * @param places column or row of every tap, bin after bin; no place comes twice in a bin
 * @param weights how much each counts in its bin's mean
 * @param ends position after the last tap of each bin
 */
record AxisTaps(int[] places, double[] weights, int[] ends) {

    /**
     * The taps of one region.
     *
     * @param from where the region begins, in places
     * @param length its length, in places
     * @param sampling samples a bin
     * @param limit number of places
     */
    static AxisTaps of(double from, double length, int bins, int sampling, int limit) {
        int[] places = new int[2 * bins * sampling];
        double[] weights = new double[places.length];
        int[] ends = new int[bins];
        int count = 0;
        for (int bin = 0; bin < bins; bin++) {
            int start = count;
            for (int i = 0; i < sampling; i++) {
                double position = from + (bin * sampling + i + 0.5) / sampling * (length / bins);
                // Samples more than one place outside count as zeros; those closer are pulled to the edge.
                if (!(position >= -1 && position <= limit)) {
                    continue;
                }
                double inside = Math.max(position, 0);
                int low = Math.min((int) inside, limit - 1);
                double upper = low == limit - 1 ? 0 : inside - low;
                count = add(places, weights, start, count, low, (1 - upper) / sampling);
                if (upper > 0) {
                    count = add(places, weights, start, count, low + 1, upper / sampling);
                }
            }
            ends[bin] = count;
        }
        return new AxisTaps(Arrays.copyOf(places, count), Arrays.copyOf(weights, count), ends);
    }

    private static int add(int[] places, double[] weights, int start, int count, int place, double weight) {
        for (int i = start; i < count; i++) {
            if (places[i] == place) {
                weights[i] += weight;
                return count;
            }
        }
        places[count] = place;
        weights[count] = weight;
        return count + 1;
    }

    int begin(int bin) {
        return bin == 0 ? 0 : ends[bin - 1];
    }
}
