package dev.dhmq.model;

import dev.dhmq.search.Objective;
import dev.dhmq.tensor.Backend;
import java.util.List;
import java.util.function.Function;

/** The calibration losses there are. */
public enum CalibrationLoss {
    /** What quantization does to the outputs, see {@link EffectObjective}. */
    EFFECT("effect") {
        @Override
        CalibrationObjective open(DetectionModel model, Backend backend, List<Sample> samples, int batch) {
            return new EffectObjective(model, backend, samples, batch);
        }
    },
    /** The same of the model as it will be corrected, see {@link EffectObjective#corrected}. */
    CORRECTED_EFFECT("corrected-effect") {
        @Override
        CalibrationObjective open(DetectionModel model, Backend backend, List<Sample> samples, int batch) {
            return EffectObjective.corrected(model, backend, samples, batch);
        }
    },
    /** The training loss against the annotations, see {@link TaskObjective}. */
    TASK("task") {
        @Override
        CalibrationObjective open(DetectionModel model, Backend backend, List<Sample> samples, int batch) {
            return new TaskObjective(model, backend, samples, batch);
        }
    };

    private final String label;

    CalibrationLoss(String label) {
        this.label = label;
    }

    /** The name on the command line and in plans. */
    public String label() {
        return label;
    }

    /**
     * Opens this loss over the samples, works on it, and closes it. The model has then what the work has left in the weights.
     *
     * @param batch images in memory at a time
     * @throws dev.dhmq.InvalidInputException where the model cannot serve it
     */
    public <T> T with(
            DetectionModel model, Backend backend, List<Sample> samples, int batch, Function<Objective, T> work) {
        try (CalibrationObjective objective = open(model, backend, samples, batch)) {
            return work.apply(objective);
        }
    }

    abstract CalibrationObjective open(DetectionModel model, Backend backend, List<Sample> samples, int batch);
}
