package dev.dhmq.eval.compare;

import dev.dhmq.Progress;
import dev.dhmq.eval.CocoMetrics;
import dev.dhmq.eval.DetectorEvaluation;
import dev.dhmq.model.CompensatedWeights;
import dev.dhmq.model.CorrectedQuantization;
import dev.dhmq.model.DetectionModel;
import dev.dhmq.model.FakeQuantization;
import dev.dhmq.model.LearnedScales;
import dev.dhmq.model.ModelState;
import dev.dhmq.model.OutputStatistics;
import dev.dhmq.model.Sample;
import dev.dhmq.quant.BitAssignment;
import dev.dhmq.tensor.Backend;
import dev.dhmq.tensor.ParameterLayout;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** COCO's numbers of a model under assignments of bits, each assignment judged once. The model keeps its float weights. */
public final class Judge {
    private final DetectionModel model;
    private final Backend backend;
    private final DetectorEvaluation evaluation;
    private final Map<List<Integer>, CocoMetrics> known = new HashMap<>();

    public Judge(DetectionModel model, Backend backend, DetectorEvaluation evaluation) {
        this.model = model;
        this.backend = backend;
        this.evaluation = evaluation;
    }

    /** An assignment's numbers are known already. */
    void know(List<Integer> bits, CocoMetrics metrics) {
        known.put(bits, metrics);
    }

    /** The numbers of the model quantized to these bits; all {@link Backend#SKIP} for the float model. */
    public CocoMetrics of(List<Integer> bits, Progress progress) {
        CocoMetrics found = known.get(bits);
        if (found == null) {
            found = evaluate(bits, progress);
            known.put(bits, found);
        }
        return found;
    }

    /** The numbers of the model quantized to these bits, compensated on these images, if it is to be, and corrected on them. */
    CocoMetrics corrected(List<Integer> bits, Correction correction, List<Sample> samples, Progress progress) {
        ParameterLayout layout = model.weights().layout();
        BitAssignment assignment = assignment(layout, bits);
        try (ModelState _ = ModelState.of(model)) {
            OutputStatistics wanted = OutputStatistics.of(model, samples);
            if (correction.compensation() > 0) {
                CompensatedWeights.apply(
                        model,
                        backend,
                        assignment,
                        samples,
                        correction.batch(),
                        correction.compensation(),
                        Progress.NONE);
            }
            CorrectedQuantization.apply(model, backend, assignment, LearnedScales.NONE, wanted);
            return evaluation.evaluate(model, progress);
        }
    }

    private CocoMetrics evaluate(List<Integer> bits, Progress progress) {
        if (bits.stream().allMatch(b -> b == Backend.SKIP)) {
            return evaluation.evaluate(model, progress);
        }
        try (ModelState _ = ModelState.of(model)) {
            FakeQuantization.apply(model, backend, assignment(model.weights().layout(), bits));
            return evaluation.evaluate(model, progress);
        }
    }

    private static BitAssignment assignment(ParameterLayout layout, List<Integer> bits) {
        List<BitAssignment.Entry> entries = new ArrayList<>();
        for (int l = 0; l < bits.size(); l++) {
            entries.add(new BitAssignment.Entry(
                    layout.layer(l).name(), layout.layer(l).size(), bits.get(l)));
        }
        return new BitAssignment(entries);
    }
}
