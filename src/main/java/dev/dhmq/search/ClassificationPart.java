package dev.dhmq.search;

import dev.dhmq.tensor.DeviceVector;
import java.util.List;

/**
 * What L_cls by itself is predicted to do: its gradient at w and its curvatures, beside those of the weighted sum. The rest of
 * the sum is regression's. Only told of, never searched by.
 *
 * <p>B is one matrix, that of the sum; of its quadratic form L_cls is given the share that it had in the curvature the layer
 * met when it last moved. One thread at a time; owns the gradient.
 */
final class ClassificationPart implements AutoCloseable {
    /** L_cls and nothing else. */
    static final TaskWeights ALONE = new TaskWeights(1, 0);

    private final Objective objective;
    private final TaskWeights weights;
    private final double[] curvature;
    private final DeviceVector gradient;

    /** With these curvatures of L_cls, one a layer. */
    ClassificationPart(Objective objective, TaskWeights weights, List<CurvatureEstimate> curvature) {
        this.objective = objective;
        this.weights = weights;
        this.curvature = CurvatureEstimate.means(curvature);
        this.gradient = objective.backend().allocate(objective.layout().size());
    }

    /** Takes the gradient at the current weights. */
    void evaluate() {
        objective.lossAndGradient(ALONE, gradient);
    }

    /** g_cls, the gradient of L_cls at w. */
    DeviceVector gradient() {
        return gradient;
    }

    /** A copy of it, for the caller to close. */
    DeviceVector copyOfGradient() {
        DeviceVector copy = objective.backend().allocate(gradient.length());
        objective.backend().copy(gradient, copy);
        return copy;
    }

    /** The curvature that L_cls met in a layer. */
    double curvature(int layer) {
        return curvature[layer];
    }

    void setCurvature(int layer, double met) {
        curvature[layer] = met;
    }

    /** Those of all layers. */
    double[] curvatures() {
        return curvature.clone();
    }

    void setCurvatures(double[] earlier) {
        System.arraycopy(earlier, 0, curvature, 0, curvature.length);
    }

    /**
     * Both parts of what a move is predicted to do to the loss.
     *
     * @param terms of the sum
     * @param curvatureOfSum t_l
     * @param gradientTerm g_cls,l . D_l
     */
    TaskLosses predict(
            int layer, Sensitivity sensitivity, Sensitivity.Terms terms, double curvatureOfSum, double gradientTerm) {
        double classification = sensitivity.of(terms.part(gradientTerm, curvature[layer] / curvatureOfSum));
        return new TaskLosses(
                classification,
                (sensitivity.of(terms) - weights.classification() * classification) / weights.regression());
    }

    @Override
    public void close() {
        gradient.close();
    }
}
