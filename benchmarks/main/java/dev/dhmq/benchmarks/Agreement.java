package dev.dhmq.benchmarks;

import dev.dhmq.tensor.Backend;
import dev.dhmq.tensor.Backends;
import dev.dhmq.tensor.ParameterLayout;
import java.util.Arrays;

/** A fast wrong answer is worth nothing: kernels must give the reference's results before they are timed. */
final class Agreement {
    private Agreement() {}

    static void requireWithReference(Backend kernels, ParameterLayout layout) {
        try (Backend reference = Backends.select(Backends.Choice.REFERENCE);
                KernelInputs mine = new KernelInputs(kernels, layout);
                KernelInputs theirs = new KernelInputs(reference, layout)) {
            require("scales", kernels.read(mine.parameters.scales()), reference.read(theirs.parameters.scales()));
            kernels.fakeQuantize(layout, mine.bits, mine.weights, mine.parameters, mine.out);
            reference.fakeQuantize(layout, theirs.bits, theirs.weights, theirs.parameters, theirs.out);
            require("quantized weights", kernels.read(mine.out), reference.read(theirs.out));
            require("packed weights", mine.packed.mismatch(theirs.packed) == -1);
            kernels.perturbationProducts(
                    layout, mine.bits, mine.weights, mine.parameters, mine.current, mine.slicedVectors(), mine.rows);
            reference.perturbationProducts(
                    layout,
                    theirs.bits,
                    theirs.weights,
                    theirs.parameters,
                    theirs.current,
                    theirs.slicedVectors(),
                    theirs.rows);
            requireNear("perturbation products", mine.rows, theirs.rows);
            kernels.segmentedDot(layout, mine.weights, mine.current, mine.dots);
            reference.segmentedDot(layout, theirs.weights, theirs.current, theirs.dots);
            requireNear("dots", mine.dots, theirs.dots);
            kernels.compactProducts(layout, mine.changes, mine.weights, mine.tenRows);
            reference.compactProducts(layout, theirs.changes, theirs.weights, theirs.tenRows);
            requireNear("compact products", mine.tenRows, theirs.tenRows);
            // One pair whose change is its step: H then maps it to itself, and every dot matters.
            kernels.twoLoopRecursion(
                    layout, mine.steps.subList(0, 1), mine.steps.subList(0, 1), square(mine), mine.ones, mine.current);
            reference.twoLoopRecursion(
                    layout,
                    theirs.steps.subList(0, 1),
                    theirs.steps.subList(0, 1),
                    square(theirs),
                    theirs.ones,
                    theirs.current);
            requireNear("directions", widen(kernels.read(mine.current)), widen(reference.read(theirs.current)));
        }
    }

    /** s.s of the first step. */
    private static double[] square(KernelInputs inputs) {
        double[] byLayer = new double[inputs.dots.length];
        inputs.backend.segmentedDot(inputs.layout, inputs.steps.getFirst(), inputs.steps.getFirst(), byLayer);
        return new double[] {Arrays.stream(byLayer).sum()};
    }

    private static double[] widen(float[] values) {
        double[] wide = new double[values.length];
        Arrays.setAll(wide, i -> values[i]);
        return wide;
    }

    private static void require(String what, float[] found, float[] wanted) {
        require(what, Arrays.equals(found, wanted));
    }

    /** Sums in another order: equal to a few float roundings. */
    private static void requireNear(String what, double[] found, double[] wanted) {
        for (int i = 0; i < found.length; i++) {
            require(what, Math.abs(found[i] - wanted[i]) <= 1e-5 * Math.max(1, Math.abs(wanted[i])));
        }
    }

    private static void require(String what, boolean agree) {
        if (!agree) {
            throw new IllegalStateException("The " + what + " differ from the reference's.");
        }
    }
}
