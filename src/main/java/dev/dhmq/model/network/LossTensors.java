package dev.dhmq.model.network;

import dev.dhmq.search.TaskLosses;
import dev.dhmq.search.TaskWeights;
import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.Tensor;

/**
 * Both parts of a detection loss as scalars of the autograd graph.
 *
 * @param classification L_cls
 * @param regression L_reg
 */
public record LossTensors(Tensor classification, Tensor regression) {
    /** a_cls L_cls + a_reg L_reg. */
    public Tensor weighted(TaskWeights weights) {
        return classification
                .mul(new Scalar(weights.classification()))
                .add(regression.mul(new Scalar(weights.regression())));
    }

    /** Both parts times a factor. */
    public LossTensors times(double factor) {
        return new LossTensors(classification.mul(new Scalar(factor)), regression.mul(new Scalar(factor)));
    }

    /** The values. */
    public TaskLosses values() {
        return new TaskLosses(classification.item_double(), regression.item_double());
    }
}
