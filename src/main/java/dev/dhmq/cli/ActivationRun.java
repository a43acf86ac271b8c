package dev.dhmq.cli;

import dev.dhmq.Progress;
import dev.dhmq.model.CalibratedActivations;
import dev.dhmq.model.CalibrationLoss;
import dev.dhmq.model.DetectionModel;
import dev.dhmq.model.Sample;
import dev.dhmq.quant.RangeMethod;
import dev.dhmq.search.ActivationBits;
import dev.dhmq.search.ActivationPlan;
import dev.dhmq.search.ActivationSearch;
import dev.dhmq.search.Objective;
import dev.dhmq.search.QuantizationPlan;
import dev.dhmq.tensor.Backend;
import java.util.List;
import java.util.Locale;

/**
 * The activations of one plan of the command line, with progress on the way. The weights are float before and after.
 */
final class ActivationRun {
    private final DetectionModel model;
    private final Backend backend;
    private final List<Sample> samples;
    private final SearchOptions options;
    private final Progress progress;

    ActivationRun(
            DetectionModel model, Backend backend, List<Sample> samples, SearchOptions options, Progress progress) {
        this.model = model;
        this.backend = backend;
        this.samples = samples;
        this.options = options;
        this.progress = progress;
    }

    ActivationPlan plan(CalibrationLoss choice, QuantizationPlan weights, ActivationBits bits, RangeMethod range) {
        return choice.with(
                model, backend, samples, options.batch(), objective -> search(objective, weights, bits, range));
    }

    private ActivationPlan search(
            Objective objective, QuantizationPlan weights, ActivationBits bits, RangeMethod range) {
        try (ShareOfWork work = new ShareOfWork(progress, "Activations");
                CalibratedActivations activations =
                        new CalibratedActivations(model, objective, samples, weights.assignment())) {
            return new ActivationSearch(
                            activations,
                            weights,
                            bits,
                            range,
                            (done, all) -> work.reach(
                                    (double) done / all, String.format(Locale.ROOT, "%d of %d measured", done, all)))
                    .run();
        }
    }
}
