package dev.dhmq.examples;

import dev.dhmq.Progress;
import dev.dhmq.data.CalibrationSet;
import dev.dhmq.data.CocoDataset;
import dev.dhmq.detect.DetectedObject;
import dev.dhmq.detect.Detector;
import dev.dhmq.eval.CocoMetrics;
import dev.dhmq.eval.DetectorEvaluation;
import dev.dhmq.export.PackedModel;
import dev.dhmq.export.PlanJson;
import dev.dhmq.model.DetectionModel;
import dev.dhmq.model.DetectorCheckpoint;
import dev.dhmq.model.EffectObjective;
import dev.dhmq.model.FakeQuantization;
import dev.dhmq.model.LearnedScales;
import dev.dhmq.model.Sample;
import dev.dhmq.model.checkpoint.ModelDirectory;
import dev.dhmq.search.Budget;
import dev.dhmq.search.MixedPrecisionSearch;
import dev.dhmq.search.Provenance;
import dev.dhmq.search.QuantizationPlan;
import dev.dhmq.search.SearchListener;
import dev.dhmq.search.SearchSettings;
import dev.dhmq.tensor.Backend;
import dev.dhmq.tensor.Backends;
import java.nio.file.Path;
import java.util.List;

/** From a trained detector to a quantized one, and to what it finds in a photograph. */
public final class TenLines {
    private TenLines() {}

    /**
     * Quantizes a detector to an eighth of its size, saves it and judges it.
     *
     * @param folder of the trained detector
     * @param out folder for plan.json and, in {@code packed}, the quantized detector
     * @return COCO's numbers of the quantized detector on the same photographs
     */
    public static CocoMetrics quantize(Path folder, Path images, Path annotations, Path out) {
        // @start region="quantize"
        try (DetectionModel model = DetectorCheckpoint.load(folder);
                Backend backend = Backends.select(Backends.Choice.AUTO)) {
            CocoDataset photographs =
                    CocoDataset.read(annotations, images, model.config().classes());
            List<Sample> calibration = CalibrationSet.draw(photographs.samples(model.config()), 16, 0);
            Provenance provenance = new Provenance(new ModelDirectory(folder).sha256(), 0, 1, backend.name());
            SearchListener listener = (step, share) -> System.out.printf("%.0f %% of the way%n", 100 * share);
            QuantizationPlan plan;
            try (EffectObjective objective = new EffectObjective(model, backend, calibration, 4)) {
                plan = new MixedPrecisionSearch(objective, SearchSettings.defaults(), provenance, listener)
                        .run(List.of(new Budget.CompressionRatio(8)))
                        .getFirst();
            }
            PlanJson.write(out.resolve("plan.json"), plan);
            PackedModel.write(
                    model,
                    out.resolve("plan.json"),
                    LearnedScales.NONE,
                    provenance.modelSha256(),
                    backend,
                    out.resolve("packed"));
            FakeQuantization.apply(model, backend, plan.assignment());
            return new DetectorEvaluation(photographs, photographs.samples(model.config()))
                    .evaluate(model, Progress.NONE);
        }
        // @end
    }

    /** Prints what a detector finds in a photograph. */
    public static void detect(Path folder, Path photograph) {
        // @start region="detect"
        try (Detector detector = Detector.open(folder)) {
            for (DetectedObject object : detector.detect(photograph)) {
                System.out.printf("%s %.2f at %.0f, %.0f%n", object.name(), object.score(), object.x1(), object.y1());
            }
        }
        // @end
    }
}
