package dev.dhmq.model;

import dev.dhmq.Progress;
import dev.dhmq.quant.BitAssignment;
import dev.dhmq.search.CurvatureCompensation;
import dev.dhmq.tensor.Backend;
import dev.dhmq.tensor.ParameterLayout;
import java.util.List;

/** Moves a detector's float weights so that, quantized by a plan and corrected, they lose less. */
public final class CompensatedWeights {
    private CompensatedWeights() {}

    /**
     * Takes quasi-Newton steps towards what the detector gives now, in float32, see {@link CurvatureCompensation}. The weights are
     * other float ones afterwards; {@link CorrectedQuantization} quantizes them.
     *
     * @param samples the calibration images, without need of annotations
     * @param batch images in memory at a time
     * @param steps most to take
     * @throws dev.dhmq.InvalidInputException where the assignment is another model's, and for a scripted detector
     * @throws java.util.concurrent.CancellationException where the thread is interrupted
     */
    public static CurvatureCompensation.Result apply(
            DetectionModel model,
            Backend backend,
            BitAssignment assignment,
            List<Sample> samples,
            int batch,
            int steps,
            Progress progress) {
        ParameterLayout layout = model.weights().layout();
        int[] bits = assignment.over(layout);
        try (EffectObjective objective = EffectObjective.corrected(model, backend, samples, batch)) {
            return CurvatureCompensation.run(objective, bits, assignment.widths(layout), steps, progress);
        }
    }
}
