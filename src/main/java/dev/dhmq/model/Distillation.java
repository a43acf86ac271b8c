package dev.dhmq.model;

import dev.dhmq.model.network.LossTensors;
import java.util.ArrayList;
import java.util.List;
import org.bytedeco.javacpp.PointerScope;
import org.bytedeco.pytorch.NoGradGuard;

/**
 * What a detector says of images against what the float detector says of them (Hinton et al., 2015): the losses of
 * {@link EffectObjective}, each batch normalised by its own confidence. Holds the float detector, which must outlive it.
 */
public final class Distillation {
    /** Images without anything that looks like an object give losses of about 0, not 0 / 0. */
    private static final double LEAST_CONFIDENCE = 1;

    private final DetectionModel teacher;

    /** @param teacher the float detector; never changed */
    public Distillation(DetectionModel teacher) {
        this.teacher = teacher;
    }

    /** Both losses of the student on this batch, differentiable by its parameters. */
    public LossTensors losses(DetectionModel student, List<Sample> batch) {
        DetectionModel.Regions regions;
        List<EffectReference> references;
        try (PointerScope _ = new PointerScope();
                NoGradGuard _ = new NoGradGuard()) {
            regions = teacher.regions(batch);
            references = teacher.rawOutputs(batch, regions).stream()
                    .map(EffectReference::of)
                    .toList();
        }
        try {
            List<DetectionModel.RawOutputs> outputs = student.rawOutputs(batch, regions);
            List<LossTensors> stages = new ArrayList<>();
            for (int stage = 0; stage < outputs.size(); stage++) {
                EffectReference reference = references.get(stage);
                double confidence = reference.confidence().sum().item_double();
                stages.add(reference.effect(outputs.get(stage)).times(1 / Math.max(confidence, LEAST_CONFIDENCE)));
            }
            return stages.stream().reduce(LossTensors::and).orElseThrow();
        } finally {
            references.forEach(EffectReference::close);
        }
    }
}
