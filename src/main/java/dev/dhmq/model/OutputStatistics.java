package dev.dhmq.model;

import dev.dhmq.model.network.LayerHooks;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.bytedeco.javacpp.PointerScope;
import org.bytedeco.pytorch.NoGradGuard;
import org.bytedeco.pytorch.Tensor;

/**
 * The mean and the deviation of every channel of every layer's output on some images: what {@link OutputCorrection} brings a
 * quantized network back to. Measured in one pass of all images together, without a graph.
 */
public final class OutputStatistics {
    private final List<Sample> samples;
    private final DetectionModel.Regions regions;
    private final Map<String, ChannelMoments> moments = new LinkedHashMap<>();

    private OutputStatistics(List<Sample> samples, DetectionModel.Regions regions) {
        this.samples = samples;
        this.regions = regions;
    }

    /**
     * Of the model with the weights it has now.
     *
     * @param samples at least one
     * @throws dev.dhmq.InvalidInputException for a scripted detector, whose layers cannot be seen
     */
    public static OutputStatistics of(DetectionModel model, List<Sample> samples) {
        if (samples.isEmpty()) {
            throw new IllegalArgumentException("Statistics need at least one image.");
        }
        HookedLayers.requireHooks(model);
        OutputStatistics statistics = new OutputStatistics(samples, model.regions(samples));
        statistics.run(model, new LayerHooks() {
            @Override
            public Tensor output(String layer, Tensor y) {
                statistics
                        .moments
                        .computeIfAbsent(layer, _ -> new ChannelMoments((int) y.size(1)))
                        .add(y);
                return y;
            }
        });
        return statistics;
    }

    /** Runs a model on the same images, and on the regions that the float model proposed, so that the two can be compared. */
    void run(DetectionModel model, LayerHooks hooks) {
        try (HookedLayers _ = HookedLayers.with(model, hooks);
                PointerScope _ = new PointerScope();
                NoGradGuard _ = new NoGradGuard()) {
            model.rawOutputs(samples, regions);
        }
    }

    /** A layer's; empty where no image came to it. */
    Optional<ChannelMoments> of(String layer) {
        return Optional.ofNullable(moments.get(layer)).filter(found -> !found.isEmpty());
    }
}
