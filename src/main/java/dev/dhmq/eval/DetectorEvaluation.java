package dev.dhmq.eval;

import dev.dhmq.Progress;
import dev.dhmq.data.CocoDataset;
import dev.dhmq.data.SampleSource;
import dev.dhmq.model.Detection;
import dev.dhmq.model.DetectionModel;
import dev.dhmq.model.Sample;
import java.util.ArrayList;
import java.util.List;

/** Runs a detector over a data set and judges what it finds. */
public final class DetectorEvaluation {
    private static final int BATCH = 8;

    private final CocoDataset truth;
    private final SampleSource samples;

    /**
     * Evaluation against these annotations.
     *
     * @param truth annotations in pixels of the original images
     * @param samples the same images in the same order, at the detector's input size
     */
    public DetectorEvaluation(CocoDataset truth, SampleSource samples) {
        if (truth.size() != samples.size()) {
            throw new IllegalArgumentException(
                    "There are " + truth.size() + " annotated images but " + samples.size() + " samples.");
        }
        this.truth = truth;
        this.samples = samples;
    }

    /** COCO's twelve numbers of the detector as its weights are now. */
    public CocoMetrics evaluate(DetectionModel model, Progress progress) {
        return CocoEvaluator.evaluate(truth, detect(model, progress));
    }

    /** Everything the detector finds, as COCO results in pixels of the original images. */
    public List<CocoResult> detect(DetectionModel model, Progress progress) {
        List<CocoResult> results = new ArrayList<>();
        try (Progress.Task task = progress.start("Detecting", samples.size())) {
            for (int from = 0; from < samples.size(); from += BATCH) {
                List<Sample> batch = new ArrayList<>();
                for (int i = from; i < Math.min(from + BATCH, samples.size()); i++) {
                    batch.add(samples.sample(i));
                }
                List<List<Detection>> found = model.detect(batch);
                for (int i = 0; i < found.size(); i++) {
                    results.addAll(CocoResults.of(truth.image(from + i), found.get(i), model.config()));
                    task.advance("");
                }
            }
        }
        return results;
    }
}
