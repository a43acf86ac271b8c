package dev.dhmq.eval.compare;

import dev.dhmq.data.CalibrationSet;
import dev.dhmq.model.DetectionModel;
import dev.dhmq.search.Provenance;
import dev.dhmq.search.SearchSettings;
import dev.dhmq.tensor.Backend;
import dev.dhmq.tensor.ParameterLayout;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * What methods are compared on. Owns nothing.
 *
 * @param model with its float weights
 * @param modelSha256 hash of its weights' file
 * @param backend of the kernels
 * @param threads LibTorch's and the kernels'
 * @param calibration where the seeds draw calibration images from
 * @param settings candidates, pinned and excluded layers for all methods
 * @param data hash of calibration and judging data, see {@link DataFingerprint}
 */
public record Subject(
        DetectionModel model,
        String modelSha256,
        Backend backend,
        int threads,
        SearchMethod.Draw calibration,
        SearchSettings settings,
        String data) {

    ParameterLayout layout() {
        return model.weights().layout();
    }

    /** The subject as a seed makes it: its calibration images are read now. */
    Situation situation(long seed) {
        return new Situation(
                model,
                backend,
                CalibrationSet.draw(calibration.source(), calibration.images(), seed),
                settings,
                calibration.batch(),
                new Provenance(modelSha256, seed, threads, backend.name()));
    }

    /** Everything about it that numbers depend on, by name. */
    Map<String, String> conditions() {
        Map<String, String> conditions = new LinkedHashMap<>();
        conditions.put("modelSha256", modelSha256);
        conditions.put("dataSha256", data);
        conditions.put("calibrationImages", Integer.toString(calibration.images()));
        conditions.put("batch", Integer.toString(calibration.batch()));
        conditions.put("candidateBits", settings.candidates().widths().toString());
        conditions.put("pinned", settings.pinned().toString());
        conditions.put("excluded", settings.excluded().toString());
        conditions.put("threads", Integer.toString(threads));
        conditions.put("backend", backend.name());
        return conditions;
    }
}
