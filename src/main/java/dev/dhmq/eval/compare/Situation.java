package dev.dhmq.eval.compare;

import dev.dhmq.model.CalibrationLoss;
import dev.dhmq.model.DetectionModel;
import dev.dhmq.model.Sample;
import dev.dhmq.search.Objective;
import dev.dhmq.search.Provenance;
import dev.dhmq.search.SearchSettings;
import dev.dhmq.tensor.Backend;
import java.util.List;
import java.util.function.Function;

/**
 * What every method of a comparison is given for one seed. Owns nothing.
 *
 * @param model with its float weights
 * @param backend of the kernels
 * @param samples the calibration images, drawn by the seed
 * @param settings candidates, pinned and excluded layers that all methods keep to
 * @param batch images in memory at a time
 * @param provenance the model, and the seed of everything random
 */
public record Situation(
        DetectionModel model,
        Backend backend,
        List<Sample> samples,
        SearchSettings settings,
        int batch,
        Provenance provenance) {

    /** The seed of everything random. */
    public long seed() {
        return provenance.seed();
    }

    /** The objective {@code effect}, or {@code task} for a scripted detector that cannot serve it. */
    public CalibrationLoss usualLoss() {
        return model.hasRawOutputs() ? CalibrationLoss.EFFECT : CalibrationLoss.TASK;
    }

    /** The same model on other images. */
    public Situation on(List<Sample> other, int otherBatch) {
        return new Situation(model, backend, other, settings, otherBatch, provenance);
    }

    /** Opens this loss over the samples, works on it, and closes it. */
    public <T> T with(CalibrationLoss loss, Function<Objective, T> work) {
        return loss.with(model, backend, samples, batch, work);
    }
}
