package dev.dhmq.search;

import dev.dhmq.curvature.CompactHessian;
import dev.dhmq.curvature.CurvaturePair;
import dev.dhmq.curvature.LbfgsMemory;
import dev.dhmq.tensor.Backend;
import dev.dhmq.tensor.DeviceVector;
import dev.dhmq.tensor.LayerSlices;
import dev.dhmq.tensor.LayerVector;
import dev.dhmq.tensor.ParameterLayout;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * B as a search keeps it: L-BFGS pairs of the steps on the way down, over the curvature t_l that each layer met when it last moved;
 * and L_cls by itself, where that is predicted too. One thread at a time; owns its vectors.
 */
final class DynamicalHessian implements AutoCloseable {
    private final Backend backend;
    private final ParameterLayout layout;
    private final SearchSettings settings;
    private final CurvatureFloor floor;
    private final LbfgsMemory memory;
    private final CompactHessian matrix;
    private final Optional<ClassificationPart> classification;

    /** B0 = diag(t_l I) with the curvatures of the start. */
    DynamicalHessian(Objective objective, SearchSettings settings, SearchJournal.Start start) {
        double[] curvature = CurvatureEstimate.means(start.curvature());
        this.backend = objective.backend();
        this.layout = objective.layout();
        this.settings = settings;
        this.floor = settings.has(Refinement.FLOOR) ? CurvatureFloor.of(curvature) : CurvatureFloor.lowest(curvature);
        this.memory = new LbfgsMemory(backend, layout, settings.memory());
        this.matrix = new CompactHessian(backend, layout, memory, floor.lift(curvature));
        this.classification = settings.byTask()
                ? Optional.of(new ClassificationPart(objective, start.weights(), start.classification()))
                : Optional.empty();
    }

    /** t_l. */
    double curvature(int layer) {
        return matrix.curvature(layer);
    }

    /** t of all layers. */
    double[] curvatures() {
        return matrix.curvatures();
    }

    /** L_cls by itself, where it is predicted. */
    Optional<ClassificationPart> classification() {
        return classification;
    }

    /** What a change of the weights is multiplied with: g, w and W, then s_1 .. s_m, y_1 .. y_m, and g_cls where it is wanted. */
    List<LayerVector> vectors(DeviceVector gradient, DeviceVector weights, DeviceVector floatWeights) {
        List<LayerVector> vectors = new ArrayList<>(List.of(gradient, weights, floatWeights));
        vectors.addAll(memory.vectors());
        classification.ifPresent(part -> vectors.add(part.gradient()));
        return vectors;
    }

    /** D_l' B_ll D_l of every layer, from rows of D.D and D's products with the {@link #vectors}. */
    double[] quadraticForms(double[][] products) {
        return matrix.quadraticForms(products, 4);
    }

    /** Both parts of a layer's S_l, from its row of products and the terms of the sum; null where they are not predicted. */
    @Nullable
    TaskLosses byTask(int layer, double[] products, Sensitivity sensitivity, Sensitivity.Terms terms) {
        return classification
                .map(part -> part.predict(layer, sensitivity, terms, curvature(layer), products[products.length - 1]))
                .orElse(null);
    }

    /**
     * t_l = s_l.y_l / s_l.s_l of layers that have moved, kept above the floor: no layer is ranked as free because it met no
     * curvature once.
     *
     * @param before as it was before they moved
     */
    void meet(List<BitMove> moved, DeviceVector s, DeviceVector y, Memo before) {
        if (!settings.has(Refinement.REFRESH)) {
            return;
        }
        double[] ss = dots(s, s);
        double[] sy = dots(s, y);
        for (BitMove move : moved) {
            int l = move.layer();
            if (ss[l] > 0) {
                matrix.setCurvature(l, floor.lift(sy[l] / ss[l]));
            }
        }
        classification.ifPresent(part -> {
            double[] now = dots(s, part.gradient());
            double[] then = dots(s, before.gradient.orElseThrow());
            for (BitMove move : moved) {
                int l = move.layer();
                if (ss[l] > 0) {
                    part.setCurvature(l, (now[l] - then[l]) / ss[l]);
                }
            }
        });
    }

    /**
     * Learns that B s = y; where s.y is too small, y is damped first.
     *
     * @param y taken over where a pair is made of it
     * @return whether it was damped
     */
    boolean learn(List<BitMove> moved, DeviceVector s, Difference y) {
        boolean moves = Arrays.stream(dots(s, s)).sum() > 0; // layers of zeros do not
        if (!moves || (!settings.has(Refinement.DAMPING) && matrix.isFlat(s, y.vector()))) {
            return false;
        }
        boolean damped = matrix.damp(s, y.vector());
        int[] layers = moved.stream().mapToInt(BitMove::layer).toArray();
        memory.add(new CurvaturePair(LayerSlices.copyOf(backend, layout, s, layers), y.take(), damped));
        return damped;
    }

    private double[] dots(DeviceVector a, DeviceVector b) {
        double[] out = new double[layout.layers().size()];
        backend.segmentedDot(layout, a, b, out);
        return out;
    }

    /** What a step left in these layers, for the journal. */
    List<Double> curvatures(List<BitMove> moved) {
        return moved.stream().map(move -> curvature(move.layer())).toList();
    }

    /** The same of L_cls; empty where it is not predicted. */
    List<Double> classifying(List<BitMove> moved) {
        return classification.stream()
                .flatMap(part -> moved.stream().map(move -> part.curvature(move.layer())))
                .toList();
    }

    /** Takes from the journal what a step left. Its pair is not there. */
    void restore(SearchJournal.Entry entry) {
        List<BitMove> moved = entry.step().moves();
        for (int i = 0; i < moved.size(); i++) {
            int l = moved.get(i).layer();
            matrix.setCurvature(l, entry.curvature().get(i));
            if (classification.isPresent()) {
                classification.get().setCurvature(l, entry.classification().get(i));
            }
        }
    }

    /** Remembers the curvatures, and the gradient of L_cls. */
    Memo memo() {
        return new Memo();
    }

    /** Something to go back to. Owns a copy of that gradient. */
    final class Memo implements AutoCloseable {
        private final double[] curvatures = matrix.curvatures();
        private final Optional<double[]> classifying = classification.map(ClassificationPart::curvatures);
        private final Optional<DeviceVector> gradient = classification.map(ClassificationPart::copyOfGradient);

        /** Back to the gradient; curvatures stay as they have been met since. */
        void moveBack() {
            classification.ifPresent(part -> backend.copy(gradient.orElseThrow(), part.gradient()));
        }

        /** Back to the curvatures. */
        void forget() {
            for (int l = 0; l < curvatures.length; l++) {
                matrix.setCurvature(l, curvatures[l]);
            }
            classification.ifPresent(part -> part.setCurvatures(classifying.orElseThrow()));
        }

        @Override
        public void close() {
            gradient.ifPresent(DeviceVector::close);
        }
    }

    @Override
    public void close() {
        memory.close();
        classification.ifPresent(ClassificationPart::close);
    }
}
