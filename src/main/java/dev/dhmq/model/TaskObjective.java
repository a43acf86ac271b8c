package dev.dhmq.model;

import dev.dhmq.model.network.LossTensors;
import dev.dhmq.tensor.Backend;
import java.util.List;

/** The objective {@code task}: the detector's own training loss against annotations. */
public final class TaskObjective extends CalibrationObjective {

    /**
     * The loss of this model over these samples.
     *
     * @param batchSize images whose graph is in memory at a time
     */
    public TaskObjective(DetectionModel model, Backend backend, List<Sample> samples, int batchSize) {
        super(model, backend, samples, batchSize);
    }

    @Override
    public String name() {
        return "task";
    }

    @Override
    LossTensors batchLoss(int batch) {
        List<Sample> samples = batches().get(batch);
        return model().losses(samples).times((double) samples.size() / images());
    }
}
