package dev.dhmq.tensor;

import java.lang.foreign.MemorySegment;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Checks of a kernel's arguments, the same for every backend, made before memory is touched. */
final class Lengths {
    /** Longer ones some virtual machines refuse. */
    private static final int MOST_IN_ARRAY = Integer.MAX_VALUE - 8;

    private Lengths() {}

    static void require(String what, long actual, long wanted) {
        if (actual != wanted) {
            throw new IllegalArgumentException(what + " has length " + actual + ", but must have " + wanted + ".");
        }
    }

    /** Bytes of so many floats. */
    static long requireAllocatable(long floats) {
        if (floats < 0 || floats > Long.MAX_VALUE / Float.BYTES) {
            throw new IllegalArgumentException("A vector cannot have " + floats + " floats.");
        }
        return Float.BYTES * floats;
    }

    /** The vector's length, where an array can have it. */
    static int requireFitsArray(DeviceVector vector) {
        if (vector.length() > MOST_IN_ARRAY) {
            throw new IllegalArgumentException(
                    "A vector of " + vector.length() + " floats does not fit a Java array: read slices of it.");
        }
        return (int) vector.length();
    }

    static void requireAll(String what, List<? extends LayerVector> vectors, ParameterLayout layout) {
        for (int k = 0; k < vectors.size(); k++) {
            vectors.get(k).requireFits(what, layout);
        }
    }

    static void requireParameters(ParameterLayout layout, QuantizationParameters parameters) {
        require("The vector of scales", parameters.scales().length(), layout.channels());
        if (parameters.zeroPoints() != null) {
            require("The vector of zero points", parameters.zeroPoints().length(), layout.channels());
        }
    }

    static void requireBackward(
            ParameterLayout layout,
            int[] bits,
            DeviceVector weights,
            QuantizationParameters parameters,
            DeviceVector gradients,
            DeviceVector weightGradients,
            @Nullable DeviceVector scaleGradients) {
        requireBits(layout, bits);
        require("The vector of weights", weights.length(), layout.size());
        requireParameters(layout, parameters);
        require("The vector of gradients", gradients.length(), layout.size());
        require("The vector of weight gradients", weightGradients.length(), layout.size());
        if (scaleGradients != null) {
            require("The vector of scale gradients", scaleGradients.length(), layout.channels());
        }
    }

    static void requirePacked(PackedLayout packing, MemorySegment packed) {
        require("The memory of packed integers", packed.byteSize(), packing.bytes());
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

    static void requireRecursion(
            ParameterLayout layout,
            List<? extends LayerVector> steps,
            List<DeviceVector> changes,
            double[] products,
            double[] inverseCurvature,
            DeviceVector direction,
            int mostPairs) {
        require("The vector of direction", direction.length(), layout.size());
        require(
                "The array of inverse curvatures",
                inverseCurvature.length,
                layout.layers().size());
        requirePairs(layout, steps, changes, products);
        if (steps.size() > mostPairs) {
            throw new IllegalArgumentException("The two-loop recursion takes at most " + mostPairs
                    + " curvature pairs, but got " + steps.size() + ".");
        }
    }

    static void requirePairs(
            ParameterLayout layout, List<? extends LayerVector> steps, List<DeviceVector> changes, double[] products) {
        require("The list of gradient changes", changes.size(), steps.size());
        requireAll("A step", steps, layout);
        requireAll("A gradient change", changes, layout);
        require("The array of products", products.length, (long) steps.size() * steps.size());
        for (int k = 0; k < steps.size(); k++) {
            if (products[k * steps.size() + k] == 0) {
                throw new IllegalArgumentException("Pair " + k + " has s.y = 0, which no curvature fits.");
            }
        }
    }
}
