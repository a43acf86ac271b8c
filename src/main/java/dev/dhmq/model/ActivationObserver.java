package dev.dhmq.model;

import dev.dhmq.InvalidInputException;
import dev.dhmq.model.network.LayerHooks;
import dev.dhmq.model.network.Tensors;
import dev.dhmq.quant.ActivationHistogram;
import dev.dhmq.quant.ActivationHistogram.Extent;
import dev.dhmq.quant.ObservedActivation;
import dev.dhmq.tensor.Layer;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.bytedeco.pytorch.Tensor;

/**
 * Watches the inputs of a detector's layers while it detects, with the weights it has. A layer that several levels share
 * has one activation, the images are the first layer's.
 */
public final class ActivationObserver {
    private final DetectionModel model;
    private final List<Sample> samples;

    private ActivationObserver(DetectionModel model, List<Sample> samples) {
        this.model = model;
        this.samples = samples;
    }

    /**
     * The values of every layer's input on these images: two passes over them, one for the extents, one for the
     * histograms.
     *
     * @return in the order of the layout; layers that no image has come to are left out
     * @throws InvalidInputException where a value is NaN or infinite, and for a scripted detector
     */
    public static List<ObservedActivation> observe(DetectionModel model, List<Sample> samples) {
        ActivationObserver observer = new ActivationObserver(model, samples);
        return observer.observed(observer.histograms(observer.extents()));
    }

    private Map<String, Extent> extents() {
        Map<String, Extent> extents = new LinkedHashMap<>();
        watch((layer, image, values) -> {
            Extent extent = extents.getOrDefault(layer, Extent.EMPTY);
            for (float value : values) {
                if (!Float.isFinite(value)) {
                    throw new InvalidInputException("The input of layer " + layer + " has the value " + value
                            + " on the image " + image + "; check the checkpoint's weights.");
                }
            }
            extents.put(layer, extent.and(Extent.of(values)));
        });
        return extents;
    }

    private Map<String, ActivationHistogram> histograms(Map<String, Extent> extents) {
        Map<String, ActivationHistogram> histograms = new LinkedHashMap<>();
        extents.forEach((layer, extent) -> {
            if (!extent.isEmpty()) { // no region was proposed in any image
                histograms.put(layer, new ActivationHistogram(extent));
            }
        });
        watch((layer, _, values) -> {
            ActivationHistogram histogram = histograms.get(layer);
            if (histogram != null) {
                histogram.add(values);
            }
        });
        return histograms;
    }

    private List<ObservedActivation> observed(Map<String, ActivationHistogram> histograms) {
        List<ObservedActivation> observed = new ArrayList<>();
        for (Layer layer : model.weights().layout().layers()) {
            ActivationHistogram histogram = histograms.get(layer.name());
            if (histogram != null) {
                long elements = (histogram.total() + samples.size() / 2) / samples.size();
                observed.add(new ObservedActivation(layer.name(), elements, histogram));
            }
        }
        return observed;
    }

    private interface Watcher {
        void saw(String layer, String image, float[] values);
    }

    private void watch(Watcher watcher) {
        for (Sample sample : samples) {
            LayerHooks hooks = new LayerHooks() {
                @Override
                public Tensor input(String layer, Tensor x) {
                    watcher.saw(layer, sample.name(), Tensors.floats(x));
                    return x;
                }
            };
            try (HookedLayers _ = HookedLayers.with(model, hooks)) {
                model.detect(List.of(sample));
            }
        }
    }
}
