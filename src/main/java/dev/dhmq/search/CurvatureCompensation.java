package dev.dhmq.search;

import dev.dhmq.Progress;
import dev.dhmq.curvature.CompactHessian;
import dev.dhmq.curvature.CurvaturePair;
import dev.dhmq.curvature.LbfgsMemory;
import dev.dhmq.curvature.TwoLoopRecursion;
import dev.dhmq.quant.BitWidths;
import dev.dhmq.quant.WeightQuantizer;
import dev.dhmq.tensor.Backend;
import dev.dhmq.tensor.DeviceVector;
import dev.dhmq.tensor.LayerSlices;
import dev.dhmq.tensor.ParameterLayout;
import java.util.Arrays;
import java.util.Locale;
import java.util.concurrent.CancellationException;
import java.util.stream.IntStream;

/**
 * Moves float weights W so that their quantized values w = Q(W) lose less, at bits that are given: quasi-Newton steps along the
 * two-loop recursion, {@link TwoLoopRecursion}. Layers make up for what others have lost. No annotations are needed where the
 * objective needs none.
 *
 * <pre>
 *   g = grad L(w), taken for the gradient at W (the straight-through estimate of Bengio et al. 2013)
 *   W' = W - eta H g, eta = 1, 1/2 .. 1/32, the first with L(Q(W')) &lt; L(Q(W))
 *   s = w' - w, y = g' - g: a curvature pair of H, as in the search
 *   H0 = diag(h_l I); h_l = 0.02 |w_l - W_l| / |g_l| at first, then s_l.y_l / y_l.y_l where that is positive
 * </pre>
 *
 * <p>H0 is not the inverse of the search's curvatures: a gradient lies in the steep directions, a quantization error in all, so a
 * secant along the error is far too small for a step along the gradient. The same input and number of threads give the same
 * weights, bit for bit. One thread at a time.
 */
public final class CurvatureCompensation {
    private static final int MEMORY = 10;

    /** How far a layer goes at first, in quantization errors. */
    private static final double FIRST_STEP = 0.02;

    private static final float SHORTEST = 1f / 32;

    private final Objective objective;
    private final Backend backend;
    private final ParameterLayout layout;
    private final int[] bits;
    private final BitWidths widths;
    private final int[] quantized;

    /**
     * What came of it.
     *
     * @param steps that were taken: fewer than asked for where the loss could not be lowered any more
     * @param gradients that it took
     * @param before the losses of the quantized weights
     * @param after the same of the weights that were moved
     * @param weights the task weights by which they were summed
     */
    public record Result(int steps, int gradients, TaskLosses before, TaskLosses after, TaskWeights weights) {}

    private CurvatureCompensation(Objective objective, int[] bits, BitWidths widths) {
        this.objective = objective;
        this.backend = objective.backend();
        this.layout = objective.layout();
        this.bits = bits.clone();
        this.widths = widths;
        this.quantized = IntStream.range(0, bits.length)
                .filter(l -> bits[l] != Backend.SKIP)
                .toArray();
    }

    /**
     * Moves the objective's weights, which must be the float ones, and are float ones again when it ends, however it does.
     *
     * @param bits of every layer; those that are {@link Backend#SKIP} stay as they are
     * @param widths that these bits are of
     * @param most steps to take, at least 0
     * @throws NonFiniteLossException where the loss of the quantized weights is not finite
     * @throws CancellationException where the thread is interrupted; the weights have moved as far as it had come
     */
    public static Result run(Objective objective, int[] bits, BitWidths widths, int most, Progress progress) {
        return new CurvatureCompensation(objective, bits, widths).run(most, progress);
    }

    private Result run(int most, Progress progress) {
        try (DeviceVector latent = copyOf(objective.weights());
                DeviceVector gradient = backend.allocate(layout.size());
                LbfgsMemory memory = new LbfgsMemory(backend, layout, MEMORY);
                Progress.Task task = progress.start("Compensating", most)) {
            try {
                return descend(most, latent, gradient, memory, task);
            } finally {
                backend.copy(latent, objective.weights());
            }
        }
    }

    private Result descend(
            int most, DeviceVector latent, DeviceVector gradient, LbfgsMemory memory, Progress.Task task) {
        quantize(latent);
        TaskLosses before = objective.loss();
        TaskWeights weights = TaskBalance.equalizing(before);
        TaskLosses loss = objective.lossAndGradient(weights, gradient);
        CompactHessian hessian = new CompactHessian(backend, layout, memory, firstCurvatures(latent, gradient));
        int gradients = 1;
        for (int step = 1; step <= most; step++) {
            if (Thread.currentThread().isInterrupted()) {
                throw new CancellationException("The compensation was interrupted after " + (step - 1) + " steps.");
            }
            Descent descent = lineSearch(weights, loss, latent, gradient, hessian, memory);
            gradients += descent.gradients();
            if (!descent.lower()) {
                return new Result(step - 1, gradients, before, loss, weights);
            }
            loss = descent.loss();
            task.advance(String.format(Locale.ROOT, "loss %.4g", loss.weighted(weights)));
        }
        return new Result(most, gradients, before, loss, weights);
    }

    /** Where a line search has ended: where it found no lower loss, nothing has moved. */
    private record Descent(boolean lower, TaskLosses loss, int gradients) {}

    private Descent lineSearch(
            TaskWeights weights,
            TaskLosses from,
            DeviceVector latent,
            DeviceVector gradient,
            CompactHessian hessian,
            LbfgsMemory memory) {
        try (DeviceVector direction = copyOf(gradient);
                DeviceVector trial = backend.allocate(layout.size());
                Difference moved = Difference.since(backend, objective.weights());
                Difference changed = Difference.since(backend, gradient)) {
            TwoLoopRecursion.apply(backend, layout, memory, hessian.curvatures(), direction);
            backend.scaleLayers(layout, quantizedAlone(), direction);
            int gradients = 0;
            for (float eta = 1; eta >= SHORTEST; eta /= 2) {
                backend.copy(latent, trial);
                backend.axpy(-eta, direction, trial);
                quantize(trial);
                gradients++;
                TaskLosses there = tried(weights, gradient);
                if (there.weighted(weights) < from.weighted(weights)) {
                    backend.copy(trial, latent);
                    learn(moved.until(objective.weights()), changed, gradient, hessian, memory);
                    return new Descent(true, there, gradients);
                }
            }
            return new Descent(false, from, gradients);
        }
    }

    /** A step that is far too long may give no number at all: it is one to be shortened. */
    private TaskLosses tried(TaskWeights weights, DeviceVector gradient) {
        try {
            return objective.lossAndGradient(weights, gradient);
        } catch (NonFiniteLossException e) {
            return new TaskLosses(Double.POSITIVE_INFINITY, Double.POSITIVE_INFINITY);
        }
    }

    private void learn(
            DeviceVector s, Difference changed, DeviceVector gradient, CompactHessian hessian, LbfgsMemory memory) {
        DeviceVector y = changed.until(gradient);
        double[] sy = dots(s, y);
        double[] yy = dots(y, y);
        for (int l : quantized) {
            if (sy[l] > 0) {
                hessian.setCurvature(l, yy[l] / sy[l]);
            }
        }
        if (Arrays.stream(dots(s, s)).sum() > 0) { // weights may all have been rounded back to where they were
            boolean damped = hessian.damp(s, y);
            memory.add(new CurvaturePair(LayerSlices.copyOf(backend, layout, s, quantized), changed.take(), damped));
        }
    }

    /** 1 / h_l. A layer without an error or a gradient, which says nothing, is given the greatest of the others'. */
    private double[] firstCurvatures(DeviceVector latent, DeviceVector gradient) {
        double[] t = new double[bits.length];
        try (Difference error = Difference.since(backend, latent)) {
            DeviceVector d = error.until(objective.weights());
            double[] dd = dots(d, d);
            double[] gg = dots(gradient, gradient);
            for (int l : quantized) {
                t[l] = dd[l] > 0 ? Math.sqrt(gg[l] / dd[l]) / FIRST_STEP : 0;
            }
        }
        double greatest = Arrays.stream(t).max().orElse(0);
        return Arrays.stream(t)
                .map(curvature -> curvature > 0 ? curvature : greatest > 0 ? greatest : 1)
                .toArray();
    }

    private double[] quantizedAlone() {
        double[] factors = new double[bits.length];
        for (int l : quantized) {
            factors[l] = 1;
        }
        return factors;
    }

    /** w = Q(W), with scales of least squared error for this W. */
    private void quantize(DeviceVector latent) {
        try (WeightQuantizer quantizer = new WeightQuantizer(backend, layout, latent, widths)) {
            backend.copy(latent, objective.weights());
            quantizer.quantize(bits, objective.weights());
        }
    }

    private DeviceVector copyOf(DeviceVector vector) {
        DeviceVector copy = backend.allocate(layout.size());
        backend.copy(vector, copy);
        return copy;
    }

    private double[] dots(DeviceVector a, DeviceVector b) {
        double[] out = new double[bits.length];
        backend.segmentedDot(layout, a, b, out);
        return out;
    }
}
