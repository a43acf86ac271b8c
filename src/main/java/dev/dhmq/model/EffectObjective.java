package dev.dhmq.model;

import dev.dhmq.model.network.Direction;
import dev.dhmq.model.network.ImageBatch;
import dev.dhmq.model.network.LayerHooks;
import dev.dhmq.model.network.LossTensors;
import dev.dhmq.tensor.Backend;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.bytedeco.javacpp.PointerScope;
import org.bytedeco.pytorch.NoGradGuard;

/**
 * The objective {@code effect}: what a change of the weights does to the outputs, against the model as it was when the
 * objective was made, on the same images. No annotations are needed.
 *
 * <p>With p the class probabilities and d the box deltas of the float model at one place, c the probability of its most
 * probable class (background not counted), and hats for the changed model:
 *
 * <pre>
 *   L_cls = sum over places and classes of KL(p || p^)              / sum of c
 *   L_reg = sum over places of c * huber(d^ - d), delta 1           / sum of c
 * </pre>
 *
 * where every class has a box of its own, the sum of L_reg runs over places and classes, with the class's probability for
 * c. The places are RetinaNet's anchors. Faster R-CNN's losses are sums over two kinds of places: all anchors of the
 * region proposal network, and the regions that the float model proposes, at which the box head of the changed model
 * looks too. Both losses are 0 with gradient 0 at the float weights, and their curvature there is positive semi-definite.
 */
public final class EffectObjective extends CalibrationObjective {
    private final List<BatchReference> references = new ArrayList<>();
    private final List<Double> confidences = new ArrayList<>();
    private final boolean corrected;

    /** The float model's regions in the images of one batch, and what each of its stages says there. */
    private record BatchReference(
            DetectionModel.Regions regions, Optional<RestoredOutputs> restored, List<EffectReference> stages) {}

    /** Keeps the model's present outputs as the reference. */
    public EffectObjective(DetectionModel model, Backend backend, List<Sample> samples, int batchSize) {
        this(model, backend, samples, batchSize, false);
    }

    private EffectObjective(
            DetectionModel model, Backend backend, List<Sample> samples, int batchSize, boolean corrected) {
        super(model, backend, samples, batchSize);
        this.corrected = corrected;
        for (List<Sample> batch : batches()) {
            try (PointerScope _ = new PointerScope();
                    NoGradGuard _ = new NoGradGuard()) {
                DetectionModel.Regions regions = model.regions(batch);
                Optional<RestoredOutputs> restored = corrected ? Optional.of(new RestoredOutputs()) : Optional.empty();
                List<EffectReference> stages = outputs(batch, regions, restored).stream()
                        .map(EffectReference::of)
                        .toList();
                references.add(new BatchReference(regions, restored, stages));
                for (int stage = 0; stage < stages.size(); stage++) {
                    double sum = stages.get(stage).confidence().sum().item_double();
                    if (confidences.size() == stage) {
                        confidences.add(0.0);
                    }
                    confidences.set(stage, confidences.get(stage) + sum);
                }
            }
        }
    }

    /**
     * The objective {@code corrected-effect}: the same of the model that {@link CorrectedQuantization} will make of the changed
     * one. Every channel of every layer's output has the mean and the deviation that it has now, batch by batch.
     *
     * @throws dev.dhmq.InvalidInputException for a scripted detector, whose layers cannot be reached
     */
    public static EffectObjective corrected(
            DetectionModel model, Backend backend, List<Sample> samples, int batchSize) {
        HookedLayers.requireHooks(model);
        return new EffectObjective(model, backend, samples, batchSize, true);
    }

    @Override
    public String name() {
        return (corrected ? CalibrationLoss.CORRECTED_EFFECT : CalibrationLoss.EFFECT).label();
    }

    @Override
    boolean isHooked() {
        return corrected || super.isHooked();
    }

    @Override
    LossTensors batchLoss(int batch) {
        BatchReference reference = references.get(batch);
        return effect(batch, outputs(batches().get(batch), reference.regions(), reference.restored()));
    }

    private List<DetectionModel.RawOutputs> outputs(
            List<Sample> batch, DetectionModel.Regions regions, Optional<RestoredOutputs> restored) {
        LayerHooks others = model().parameters().hooks();
        try (HookedLayers _ = restored.map(outputs -> HookedLayers.with(model(), outputs.with(others)))
                .orElseGet(() -> HookedLayers.unchanged(model()))) {
            return model().rawOutputs(batch, regions);
        }
    }

    @Override
    Judged judged(int batch, TorchvisionDetector detector, Direction direction) {
        ImageBatch images = detector.images(batches().get(batch));
        return new Judged(
                detector.outputs(images, references.get(batch).regions(), direction),
                said -> effect(batch, detector.raw(said)));
    }

    private LossTensors effect(int batch, List<DetectionModel.RawOutputs> outputs) {
        BatchReference reference = references.get(batch);
        List<LossTensors> stages = new ArrayList<>();
        for (int stage = 0; stage < outputs.size(); stage++) {
            stages.add(reference.stages().get(stage).effect(outputs.get(stage)).times(1 / confidences.get(stage)));
        }
        return stages.stream().reduce(LossTensors::and).orElseThrow();
    }

    @Override
    public void close() {
        references.forEach(reference -> {
            reference.stages().forEach(EffectReference::close);
            reference.restored().ifPresent(RestoredOutputs::close);
        });
        references.clear();
        super.close();
    }
}
