package dev.dhmq.search;

import dev.dhmq.curvature.HutchinsonTrace;
import dev.dhmq.quant.WeightQuantizer;
import dev.dhmq.tensor.Backend;
import dev.dhmq.tensor.DeviceVector;
import dev.dhmq.tensor.ParameterLayout;
import java.util.Arrays;
import java.util.List;
import java.util.stream.IntStream;

/**
 * Where B0 = diag(t_l I) begins: an estimate of every layer's curvature before the first downgrade. The weights are the
 * float ones when it is called and when it returns.
 */
public sealed interface CurvatureStart {

    /** The name on the command line and in plans. */
    String label();

    /**
     * Estimates t_l of every layer.
     *
     * @param movable whether each layer is quantized at all; others get 0
     */
    List<CurvatureEstimate> estimate(
            Objective objective, TaskWeights weights, WeightQuantizer quantizer, boolean[] movable, SearchCost cost);

    /**
     * All layers take their quantization error at once, one gradient: t_l = s_l.y_l / s_l.s_l. At the scale and in the
     * direction the search will meet, effects of the layers on each other included. Two gradients in all.
     *
     * @param bits width of the probe
     */
    record JointSecant(int bits) implements CurvatureStart {
        @Override
        public String label() {
            return "joint-secant";
        }

        @Override
        public List<CurvatureEstimate> estimate(
                Objective objective,
                TaskWeights weights,
                WeightQuantizer quantizer,
                boolean[] movable,
                SearchCost cost) {
            int[] probe = new int[movable.length];
            for (int l = 0; l < probe.length; l++) {
                probe[l] = movable[l] ? bits : Backend.SKIP;
            }
            try (Secant secant = new Secant(objective, weights, quantizer, cost)) {
                secant.begin();
                return CurvatureEstimate.exact(secant.curvatures(probe));
            }
        }
    }

    /** One layer after the other takes its quantization error: one gradient a layer, and one at the float weights. */
    record LayerSecant(int bits) implements CurvatureStart {
        @Override
        public String label() {
            return "secant";
        }

        @Override
        public List<CurvatureEstimate> estimate(
                Objective objective,
                TaskWeights weights,
                WeightQuantizer quantizer,
                boolean[] movable,
                SearchCost cost) {
            double[] t = new double[movable.length];
            try (Secant secant = new Secant(objective, weights, quantizer, cost)) {
                secant.begin();
                for (int l = 0; l < movable.length; l++) {
                    if (movable[l]) {
                        int[] probe = new int[movable.length];
                        probe[l] = bits;
                        t[l] = secant.curvatures(probe)[l];
                    }
                }
            }
            return CurvatureEstimate.exact(t);
        }
    }

    /**
     * Mean eigenvalue of each layer's block by Hutchinson's estimator, one exact Hessian-vector product a probe. The
     * infinitesimal curvature: it misses the kinks that a step of quantization's size meets.
     */
    record Hutchinson(int probes, long seed) implements CurvatureStart {
        public Hutchinson {
            if (probes < 1) {
                throw new IllegalArgumentException("Hutchinson's estimator needs at least one probe.");
            }
        }

        @Override
        public String label() {
            return "hutchinson";
        }

        @Override
        public List<CurvatureEstimate> estimate(
                Objective objective,
                TaskWeights weights,
                WeightQuantizer quantizer,
                boolean[] movable,
                SearchCost cost) {
            HutchinsonTrace trace = trace(objective, weights, cost);
            return IntStream.range(0, movable.length)
                    .mapToObj(l -> new CurvatureEstimate(trace.mean()[l], trace.standardError()[l]))
                    .toList();
        }

        /** The traces with their standard errors; every product is counted. */
        public HutchinsonTrace trace(Objective objective, TaskWeights weights, SearchCost cost) {
            return HutchinsonTrace.estimate(
                    objective.backend(),
                    objective.layout(),
                    (v, product) -> {
                        objective.hessianVectorProduct(weights, v, product);
                        cost.countProduct();
                    },
                    probes,
                    seed);
        }
    }

    /** Gradients at the float weights and at probes, and the curvature between them. */
    final class Secant implements AutoCloseable {
        private final Objective objective;
        private final TaskWeights weights;
        private final WeightQuantizer quantizer;
        private final SearchCost cost;
        private final DeviceVector atFloat;
        private final DeviceVector atProbe;

        Secant(Objective objective, TaskWeights weights, WeightQuantizer quantizer, SearchCost cost) {
            this.objective = objective;
            this.weights = weights;
            this.quantizer = quantizer;
            this.cost = cost;
            atFloat = objective.backend().allocate(objective.layout().size());
            try {
                atProbe = objective.backend().allocate(objective.layout().size());
            } catch (RuntimeException | Error e) {
                atFloat.close();
                throw e;
            }
        }

        /** Takes the gradient at the float weights, which every probe is compared with. */
        void begin() {
            objective.lossAndGradient(weights, atFloat);
            cost.countGradient();
        }

        /** s_l.y_l / s_l.s_l with s = Q(W; probe) - W; 0 for layers the probe does not move. */
        double[] curvatures(int[] probe) {
            Backend backend = objective.backend();
            ParameterLayout layout = objective.layout();
            quantizer.quantize(probe, objective.weights());
            objective.lossAndGradient(weights, atProbe);
            cost.countGradient();
            backend.copy(quantizer.floatWeights(), objective.weights());
            double[][] products = quantizer.perturbationProducts(probe, objective.weights(), List.of(atFloat, atProbe));
            double[] t = new double[layout.layers().size()];
            Arrays.setAll(t, l -> products[l][0] == 0 ? 0 : (products[l][2] - products[l][1]) / products[l][0]);
            return t;
        }

        @Override
        public void close() {
            atFloat.close();
            atProbe.close();
        }
    }
}
