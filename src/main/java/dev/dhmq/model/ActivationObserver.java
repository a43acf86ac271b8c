package dev.dhmq.model;

import dev.dhmq.InvalidInputException;
import dev.dhmq.model.network.LayerHooks;
import dev.dhmq.model.network.Tensors;
import dev.dhmq.quant.ActivationHistogram;
import dev.dhmq.quant.ActivationHistogram.Extent;
import dev.dhmq.quant.ActivationSite;
import dev.dhmq.quant.ObservedActivation;
import dev.dhmq.tensor.Layer;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.bytedeco.pytorch.Tensor;

/**
 * Watches the inputs and results of a detector's layers while it detects, with the weights it has. A layer that several levels
 * share has one input, the images are the first layer's.
 */
public final class ActivationObserver {
    private final DetectionModel model;
    private final List<Sample> samples;

    private ActivationObserver(DetectionModel model, List<Sample> samples) {
        this.model = model;
        this.samples = samples;
    }

    private record Key(String layer, ActivationSite site) {
        @Override
        public String toString() {
            return site.name().toLowerCase(Locale.ROOT) + " of layer " + layer;
        }
    }

    /**
     * The values of every layer's input, and of the results there are, on these images: two passes over them, one for the
     * extents, one for the histograms.
     *
     * @return in the order of the layout, a layer's input before its result; layers that no image has come to are left out
     * @throws InvalidInputException where a value is NaN or infinite, and for a scripted detector
     */
    public static List<ObservedActivation> observe(DetectionModel model, List<Sample> samples) {
        ActivationObserver observer = new ActivationObserver(model, samples);
        return observer.observed(observer.histograms(observer.extents()));
    }

    private Map<Key, Extent> extents() {
        Map<Key, Extent> extents = new LinkedHashMap<>();
        watch((key, image, values) -> {
            Extent extent = extents.getOrDefault(key, Extent.EMPTY);
            for (float value : values) {
                if (!Float.isFinite(value)) {
                    throw new InvalidInputException("The " + key + " has the value " + value + " on the image " + image
                            + "; check the checkpoint's weights.");
                }
            }
            extents.put(key, extent.and(Extent.of(values)));
        });
        return extents;
    }

    private Map<Key, ActivationHistogram> histograms(Map<Key, Extent> extents) {
        Map<Key, ActivationHistogram> histograms = new LinkedHashMap<>();
        extents.forEach((key, extent) -> {
            if (!extent.isEmpty()) { // no region was proposed in any image
                histograms.put(key, new ActivationHistogram(extent));
            }
        });
        watch((key, _, values) -> {
            ActivationHistogram histogram = histograms.get(key);
            if (histogram != null) {
                histogram.add(values);
            }
        });
        return histograms;
    }

    private List<ObservedActivation> observed(Map<Key, ActivationHistogram> histograms) {
        List<ObservedActivation> observed = new ArrayList<>();
        for (Layer layer : model.weights().layout().layers()) {
            for (ActivationSite site : ActivationSite.values()) {
                ActivationHistogram histogram = histograms.get(new Key(layer.name(), site));
                if (histogram != null) {
                    long elements = (histogram.total() + samples.size() / 2) / samples.size();
                    observed.add(new ObservedActivation(layer.name(), site, elements, histogram));
                }
            }
        }
        return observed;
    }

    private interface Watcher {
        void saw(Key key, String image, float[] values);
    }

    private void watch(Watcher watcher) {
        for (Sample sample : samples) {
            LayerHooks hooks = new LayerHooks() {
                @Override
                public Tensor input(String layer, Tensor x) {
                    watcher.saw(new Key(layer, ActivationSite.INPUT), sample.name(), Tensors.floats(x));
                    return x;
                }

                @Override
                public Tensor result(String layer, Tensor y) {
                    watcher.saw(new Key(layer, ActivationSite.RESULT), sample.name(), Tensors.floats(y));
                    return y;
                }
            };
            try (HookedLayers _ = HookedLayers.with(model, hooks)) {
                model.detect(List.of(sample));
            }
        }
    }
}
