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

    private static void requireAll(String what, List<? extends LayerVector> vectors, ParameterLayout layout) {
        for (int k = 0; k < vectors.size(); k++) {
            vectors.get(k).requireFits(what, layout);
        }
    }

    private static void requireParameters(ParameterLayout layout, QuantizationParameters parameters) {
        require("The vector of scales", parameters.scales().length(), layout.channels());
        if (parameters.zeroPoints() != null) {
            require("The vector of zero points", parameters.zeroPoints().length(), layout.channels());
        }
    }

    static void requireSearch(
            ParameterLayout layout,
            int[] bits,
            DeviceVector weights,
            float[] ratios,
            QuantizationParameters parameters) {
        requireQuantizable(layout, bits, weights, parameters);
        requireRatios(ratios);
    }

    static void requireQuantization(
            ParameterLayout layout,
            int[] bits,
            DeviceVector weights,
            QuantizationParameters parameters,
            DeviceVector out) {
        requireQuantizable(layout, bits, weights, parameters);
        require("The vector of results", out.length(), layout.size());
    }

    static void requireBackward(
            ParameterLayout layout,
            int[] bits,
            DeviceVector weights,
            QuantizationParameters parameters,
            DeviceVector gradients,
            DeviceVector weightGradients,
            @Nullable DeviceVector scaleGradients) {
        requireQuantizable(layout, bits, weights, parameters);
        require("The vector of gradients", gradients.length(), layout.size());
        require("The vector of weight gradients", weightGradients.length(), layout.size());
        if (scaleGradients != null) {
            require("The vector of scale gradients", scaleGradients.length(), layout.channels());
        }
    }

    private static void requireQuantizable(
            ParameterLayout layout, int[] bits, DeviceVector weights, QuantizationParameters parameters) {
        requireBits(layout, bits);
        require("The vector of weights", weights.length(), layout.size());
        requireParameters(layout, parameters);
    }

    static void requirePacking(
            PackedLayout packing, DeviceVector weights, QuantizationParameters parameters, MemorySegment packed) {
        require("The vector of weights", weights.length(), packing.layout().size());
        requirePacked(packing, parameters, packed);
    }

    static void requireUnpacking(
            PackedLayout packing, MemorySegment packed, QuantizationParameters parameters, DeviceVector out) {
        require("The vector of results", out.length(), packing.layout().size());
        requirePacked(packing, parameters, packed);
    }

    private static void requirePacked(PackedLayout packing, QuantizationParameters parameters, MemorySegment packed) {
        requireParameters(packing.layout(), parameters);
        require("The memory of packed integers", packed.byteSize(), packing.bytes());
    }

    static void requirePerturbation(
            ParameterLayout layout,
            int[] bits,
            DeviceVector weights,
            QuantizationParameters parameters,
            DeviceVector current,
            List<? extends LayerVector> vectors,
            double[] out) {
        requireQuantizable(layout, bits, weights, parameters);
        require("The vector of current weights", current.length(), layout.size());
        requireAll("A vector to multiply with", vectors, layout);
        require("The array of results", out.length, (1L + vectors.size()) * bits.length);
    }

    static void requireProducts(
            ParameterLayout layout, List<? extends LayerVector> vectors, DeviceVector x, double[] out) {
        requireAll("A vector to multiply with", vectors, layout);
        require("The vector to multiply", x.length(), layout.size());
        require(
                "The array of results",
                out.length,
                (long) vectors.size() * layout.layers().size());
    }

    static void requireDot(ParameterLayout layout, DeviceVector a, DeviceVector b, double[] out) {
        require("The vector of left factors", a.length(), layout.size());
        require("The vector of right factors", b.length(), layout.size());
        require("The array of results", out.length, layout.layers().size());
    }

    static void requireScaling(ParameterLayout layout, double[] factors, DeviceVector x) {
        require("The vector of values", x.length(), layout.size());
        require("The array of factors", factors.length, layout.layers().size());
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

    private static void requireRatios(float[] ratios) {
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

    private static void requirePairs(
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
