package dev.dhmq.tensor;

import java.util.List;

/** Checks of a kernel's arguments, the same for every backend, made before memory is touched. */
final class Lengths {
    private Lengths() {}

    static void require(String what, long actual, long wanted) {
        if (actual != wanted) {
            throw new IllegalArgumentException(what + " has length " + actual + ", but must have " + wanted + ".");
        }
    }

    static void requireAll(String what, List<DeviceVector> vectors, long wanted) {
        for (int k = 0; k < vectors.size(); k++) {
            require(what, vectors.get(k).length(), wanted);
        }
    }

    static void requireEqual(DeviceVector a, DeviceVector b) {
        if (a.length() != b.length()) {
            throw new IllegalArgumentException(
                    "The vectors have lengths " + a.length() + " and " + b.length() + ", but must have the same.");
        }
    }

    static void requireBits(ParameterLayout layout, int[] bits) {
        require("The array of bits", bits.length, layout.layers().size());
        for (int l = 0; l < bits.length; l++) {
            if (bits[l] != Backend.SKIP && (bits[l] < 2 || bits[l] > 8)) {
                throw new IllegalArgumentException(
                        "Layer " + layout.layer(l).name() + " cannot have " + bits[l] + " bits; 2 to 8 can be.");
            }
        }
    }

    static void requireRatios(float[] ratios) {
        if (ratios.length == 0) {
            throw new IllegalArgumentException("A scale search needs at least one clipping ratio.");
        }
        for (float ratio : ratios) {
            if (!(ratio > 0 && ratio <= 2)) {
                throw new IllegalArgumentException("A clipping ratio must lie in (0, 2], but one is " + ratio + ".");
            }
        }
    }

    static void requirePairs(ParameterLayout layout, List<DeviceVector> s, List<DeviceVector> y) {
        require("The list of gradient changes", y.size(), s.size());
        requireAll("A step", s, layout.size());
        requireAll("A gradient change", y, layout.size());
    }
}
