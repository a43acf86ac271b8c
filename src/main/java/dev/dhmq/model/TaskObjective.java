package dev.dhmq.model;

import dev.dhmq.model.network.Direction;
import dev.dhmq.model.network.LossTensors;
import dev.dhmq.tensor.Backend;
import java.util.List;
import java.util.function.UnaryOperator;

/**
 * The objective {@code task}: the detector's own training loss against annotations, as {@link DetectionModel#losses}
 * measures it.
 */
public final class TaskObjective extends CalibrationObjective {
    private final UnaryOperator<LossTensors> part;

    /**
     * The loss of this model over these samples.
     *
     * @param batchSize images whose graph is in memory at a time
     */
    public TaskObjective(DetectionModel model, Backend backend, List<Sample> samples, int batchSize) {
        super(model, backend, samples, batchSize);
        part = UnaryOperator.identity();
    }

    /** The loss of one stage of this model alone: its region proposal network's, or that of its detections. */
    public TaskObjective(
            DetectionModel model, Backend backend, List<Sample> samples, int batchSize, LossTensors.Stage stage) {
        super(model, backend, samples, batchSize);
        part = losses -> losses.only(stage);
    }

    @Override
    public String name() {
        return CalibrationLoss.TASK.label();
    }

    @Override
    LossTensors batchLoss(int batch) {
        List<Sample> samples = batches().get(batch);
        return counted(model().losses(samples), samples);
    }

    @Override
    Judged judged(int batch, TorchvisionDetector detector, Direction direction) {
        List<Sample> samples = batches().get(batch);
        return detector.judged(samples, direction).with(losses -> counted(losses, samples));
    }

    private LossTensors counted(LossTensors losses, List<Sample> samples) {
        return part.apply(losses).times((double) samples.size() / images());
    }
}
