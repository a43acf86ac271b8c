package dev.dhmq.model.network;

import dev.dhmq.search.TaskLosses;
import dev.dhmq.search.TaskWeights;
import java.util.ArrayList;
import java.util.List;
import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.Tensor;

/**
 * A detection loss as scalars of the autograd graph, part by part.
 *
 * @param stages one for RetinaNet; the region proposal network's and the box head's for Faster R-CNN
 */
public record LossTensors(List<StageLoss> stages) {
    /** Which part of a detector a loss judges. */
    public enum Stage {
        /** Faster R-CNN's region proposal network. */
        PROPOSALS,
        /** What the detections are made from: RetinaNet's heads, Faster R-CNN's box head. */
        DETECTIONS
    }

    /** Both losses of one stage. */
    public record StageLoss(Stage stage, Tensor classification, Tensor regression) {}

    /** The losses of one stage. */
    public static LossTensors of(Stage stage, Tensor classification, Tensor regression) {
        return new LossTensors(List.of(new StageLoss(stage, classification, regression)));
    }

    /** L_cls, the sum over the stages. */
    public Tensor classification() {
        return stages.stream()
                .map(StageLoss::classification)
                .reduce(Tensor::add)
                .orElseThrow();
    }

    /** L_reg, the sum over the stages. */
    public Tensor regression() {
        return stages.stream().map(StageLoss::regression).reduce(Tensor::add).orElseThrow();
    }

    /** The losses of this stage alone; the detector must have it. */
    public LossTensors only(Stage stage) {
        List<StageLoss> kept =
                stages.stream().filter(loss -> loss.stage() == stage).toList();
        if (kept.isEmpty()) {
            throw new IllegalArgumentException("This detector has no losses of its " + stage + ".");
        }
        return new LossTensors(kept);
    }

    /** These losses and the other's stages. */
    public LossTensors and(LossTensors other) {
        List<StageLoss> all = new ArrayList<>(stages);
        all.addAll(other.stages);
        return new LossTensors(all);
    }

    /** a_cls L_cls + a_reg L_reg. */
    public Tensor weighted(TaskWeights weights) {
        return classification()
                .mul(new Scalar(weights.classification()))
                .add(regression().mul(new Scalar(weights.regression())));
    }

    /** All parts times a factor. */
    public LossTensors times(double factor) {
        return new LossTensors(stages.stream()
                .map(loss -> new StageLoss(
                        loss.stage(),
                        loss.classification().mul(new Scalar(factor)),
                        loss.regression().mul(new Scalar(factor))))
                .toList());
    }

    /** The values. */
    public TaskLosses values() {
        return new TaskLosses(classification().item_double(), regression().item_double());
    }
}
