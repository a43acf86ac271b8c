package dev.dhmq.model;

import dev.dhmq.model.network.LayerHooks;
import dev.dhmq.quant.LayerMacs;
import dev.dhmq.tensor.Layer;
import dev.dhmq.tensor.ParameterLayout;
import java.util.List;
import java.util.stream.IntStream;
import org.bytedeco.pytorch.Tensor;

/**
 * Counts what a detector's layers compute while it detects. Biases, norms and what is not a quantizable layer are not
 * counted.
 */
public final class MacCounter implements LayerHooks {
    private final ParameterLayout layout;
    private final long[] macs;
    private final long[] inputElements;

    private MacCounter(ParameterLayout layout) {
        this.layout = layout;
        this.macs = new long[layout.layers().size()];
        this.inputElements = new long[layout.layers().size()];
    }

    /**
     * The work per image: the mean over these images, each detected by itself, rounded. Images differ where the input
     * has no fixed size, and Faster R-CNN's box head works once for every region proposed.
     *
     * @param samples at least one
     * @return a record a layer, in the order of the layout
     * @throws dev.dhmq.InvalidInputException for a scripted detector, whose layers cannot be seen
     */
    public static List<LayerMacs> count(DetectionModel model, List<Sample> samples) {
        if (samples.isEmpty()) {
            throw new IllegalArgumentException("Counting needs at least one image.");
        }
        MacCounter counter = new MacCounter(model.weights().layout());
        try (HookedLayers _ = HookedLayers.with(model, counter)) {
            samples.forEach(sample -> model.detect(List.of(sample)));
        }
        return counter.perImage(samples.size());
    }

    private List<LayerMacs> perImage(int images) {
        return IntStream.range(0, macs.length)
                .mapToObj(l -> new LayerMacs(
                        layout.layer(l).name(), rounded(macs[l], images), rounded(inputElements[l], images)))
                .toList();
    }

    private static long rounded(long sum, int images) {
        return (sum + images / 2) / images;
    }

    @Override
    public Tensor input(String layer, Tensor x) {
        inputElements[index(layer)] += x.numel();
        return x;
    }

    @Override
    public Tensor output(String layer, Tensor y) {
        // Every output number is the product of one channel's weights with as many inputs.
        Layer shape = layout.layer(index(layer));
        macs[index(layer)] += y.numel() * shape.channelSize();
        return y;
    }

    private int index(String layer) {
        int index = layout.indexOf(layer);
        if (index < 0) {
            throw new IllegalStateException("Layer " + layer + " is not in the layout.");
        }
        return index;
    }
}
