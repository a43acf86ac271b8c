package dev.dhmq.search.baseline;

import dev.dhmq.curvature.HutchinsonTrace;
import dev.dhmq.quant.BitWidths;
import dev.dhmq.quant.WeightQuantizer;
import dev.dhmq.search.CurvatureEstimate;
import dev.dhmq.search.CurvatureStart;
import dev.dhmq.search.Objective;
import dev.dhmq.search.SearchCost;
import dev.dhmq.search.TaskWeights;
import java.util.Arrays;

/** How a static method prices a layer's widths. */
public sealed interface CostModel {

    /** The name in tables. */
    String label();

    /**
     * Estimates Omega_l(b) at the float weights, which the objective has when it is called and when it returns.
     *
     * @param quantizer of these weights; knows the candidates, and the width of a joint secant's probe
     * @param movable whether each layer may be quantized to the candidates; the others cost nothing
     * @param cost counts what it takes
     */
    CostEstimate estimate(
            Objective objective,
            TaskWeights weights,
            WeightQuantizer quantizer,
            BitWidths candidates,
            boolean[] movable,
            SearchCost cost);

    /** Omega_l(b) = |Q(W_l; b) - W_l|^2. Asks the network nothing. */
    record SquaredError() implements CostModel {
        @Override
        public String label() {
            return "squared-error";
        }

        @Override
        public CostEstimate estimate(
                Objective objective,
                TaskWeights weights,
                WeightQuantizer quantizer,
                BitWidths candidates,
                boolean[] movable,
                SearchCost cost) {
            double[] ones = new double[movable.length];
            Arrays.fill(ones, 1);
            double[][] errors = SquaredErrors.of(quantizer, candidates, movable);
            return new CostEstimate(CostTable.scaled(candidates, ones, errors), ones, new double[movable.length]);
        }
    }

    /**
     * Omega_l(b) = tr(H_ll) / n_l * |Q(W_l; b) - W_l|^2, the mean trace by Hutchinson's estimator: Dong, Yao, Arfeen, Gholami,
     * Mahoney, Keutzer, HAWQ-V2 (NeurIPS 2020). An estimate below zero is taken as zero; one product a probe.
     */
    record MeanTrace(int probes, long seed) implements CostModel {
        public MeanTrace {
            if (probes < 1) {
                throw new IllegalArgumentException("Hutchinson's estimator needs at least one probe.");
            }
        }

        @Override
        public String label() {
            return "mean-trace";
        }

        @Override
        public CostEstimate estimate(
                Objective objective,
                TaskWeights weights,
                WeightQuantizer quantizer,
                BitWidths candidates,
                boolean[] movable,
                SearchCost cost) {
            HutchinsonTrace trace = new CurvatureStart.Hutchinson(probes, seed).trace(objective, weights, cost);
            double[][] errors = SquaredErrors.of(quantizer, candidates, movable);
            return new CostEstimate(
                    CostTable.scaled(candidates, clamped(trace.mean()), errors), trace.mean(), trace.standardError());
        }
    }

    /**
     * Omega_l(b) = t_l / 2 * |Q(W_l; b) - W_l|^2 with t_l from one joint secant, where the search begins; what it does without
     * looking again. A curvature below zero is taken as zero; two gradients.
     *
     * @param bits width of the probe
     */
    record JointSecant(int bits) implements CostModel {
        @Override
        public String label() {
            return "joint-secant";
        }

        @Override
        public CostEstimate estimate(
                Objective objective,
                TaskWeights weights,
                WeightQuantizer quantizer,
                BitWidths candidates,
                boolean[] movable,
                SearchCost cost) {
            double[] met = CurvatureEstimate.means(
                    new CurvatureStart.JointSecant(bits).estimate(objective, weights, quantizer, movable, cost));
            double[] halves = Arrays.stream(clamped(met)).map(t -> t / 2).toArray();
            double[][] errors = SquaredErrors.of(quantizer, candidates, movable);
            return new CostEstimate(CostTable.scaled(candidates, halves, errors), met, new double[movable.length]);
        }
    }

    private static double[] clamped(double[] curvatures) {
        return Arrays.stream(curvatures).map(t -> Math.max(0, t)).toArray();
    }
}
