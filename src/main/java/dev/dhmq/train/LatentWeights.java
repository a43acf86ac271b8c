package dev.dhmq.train;

import dev.dhmq.model.LearnedScales;
import dev.dhmq.model.network.FlatWeights;
import dev.dhmq.model.network.Tensors;
import dev.dhmq.quant.BitAssignment;
import dev.dhmq.quant.WeightQuantizer;
import dev.dhmq.tensor.Backend;
import dev.dhmq.tensor.DeviceVector;
import dev.dhmq.tensor.Layer;
import dev.dhmq.tensor.ParameterLayout;
import dev.dhmq.tensor.QuantizationParameters;
import dev.dhmq.tensor.SharedVector;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.Map;
import org.bytedeco.javacpp.PointerScope;
import org.bytedeco.pytorch.NoGradGuard;
import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch;

/**
 * The float weights W and the scales behind a network whose weights are Q(W): what quantization-aware training moves. The
 * network's weights are leaves, so its backward pass leaves the gradient at Q(W), and one kernel turns that into those of
 * W and of the scales.
 *
 * <p>Layers the plan leaves in float32 stay the network's own. Owns W, the scales and their gradients; the model must
 * outlive it. Not safe for use by several threads.
 */
final class LatentWeights implements AutoCloseable {
    /**
     * A learned scale stays above this share of its first value: at 0 a channel would be lost for good, and below 0 it
     * would be none.
     */
    private static final float LEAST_SHARE = 1f / 64;

    private final Backend backend;
    private final BitAssignment assignment;
    private final ParameterLayout layout;
    private final int[] bits;
    private final Tensor latent;
    private final Tensor scales;
    private final Tensor scaleGradients;
    private final Tensor scaleGradientFactors;
    private final Tensor leastScales;
    private final Map<String, Tensor> weightViews = new LinkedHashMap<>();
    private final SharedVector network;
    private final SharedVector networkGradient;
    private final SharedVector sharedLatent;
    private final SharedVector sharedScales;
    private final SharedVector sharedScaleGradients;

    /**
     * Takes the network's present weights for W. Its weights stay as they are until {@link #quantize()}.
     *
     * @param learned scales to start from, where they fit the bits; the others are searched
     */
    LatentWeights(FlatWeights flat, Backend backend, BitAssignment assignment, LearnedScales learned) {
        this.backend = backend;
        this.assignment = assignment;
        layout = flat.layout();
        bits = assignment.over(layout);
        try (PointerScope _ = new PointerScope();
                NoGradGuard _ = new NoGradGuard()) {
            latent = kept(torch.zeros(layout.size()));
            scales = kept(torch.zeros(layout.channels()));
            scaleGradients = kept(torch.zeros(layout.channels()));
            scaleGradientFactors = kept(Tensor.create(factors(), layout.channels()));
            scales.mutable_grad().put(scaleGradients);
            network = backend.share(flat.weights());
            networkGradient = backend.share(flat.gradient());
            sharedLatent = backend.share(Tensors.memory(latent));
            sharedScales = backend.share(Tensors.memory(scales));
            sharedScaleGradients = backend.share(Tensors.memory(scaleGradients));
            network.fetch();
            backend.copy(network.vector(), sharedLatent.vector());
            sharedLatent.publish();
            searchScales(learned);
            leastScales = kept(scales.mul(new Scalar(LEAST_SHARE)));
            for (int l = 0; l < bits.length; l++) {
                if (bits[l] != Backend.SKIP) {
                    addView(layout.layer(l), flat.tensors().get(l));
                }
            }
        }
    }

    private static Tensor kept(Tensor tensor) {
        tensor.retainReference();
        return tensor;
    }

    private void addView(Layer layer, Tensor networkWeight) {
        Tensor view = kept(latent.narrow(0, layer.offset(), layer.size()).view(Tensors.shape(networkWeight)));
        view.mutable_grad().put(networkWeight.grad());
        weightViews.put(layer.name(), view);
    }

    /** Esser et al. (2020), section 2.2, a channel at a time: 1 / sqrt(weights of the channel * largest integer). */
    private float[] factors() {
        float[] factors = new float[layout.channels()];
        for (int l = 0; l < bits.length; l++) {
            Layer layer = layout.layer(l);
            if (bits[l] != Backend.SKIP) {
                double largest = (1 << (bits[l] - 1)) - 1;
                Arrays.fill(factors, layer.firstChannel(), layer.firstChannel() + layer.channels(), (float)
                        (1 / Math.sqrt(layer.channelSize() * largest)));
            }
        }
        return factors;
    }

    /** Sets all scales to those of least squared error for W as it is. */
    void searchScales() {
        searchScales(LearnedScales.NONE);
    }

    private void searchScales(LearnedScales learned) {
        float[] found = new float[layout.channels()];
        sharedLatent.fetch();
        try (WeightQuantizer quantizer =
                new WeightQuantizer(backend, layout, sharedLatent.vector(), assignment.widths(layout))) {
            learned.useIn(quantizer, bits);
            for (int l = 0; l < bits.length; l++) {
                if (bits[l] != Backend.SKIP) {
                    Layer layer = layout.layer(l);
                    System.arraycopy(
                            quantizer.scales(layer, bits[l]), 0, found, layer.firstChannel(), layer.channels());
                }
            }
        }
        backend.write(found, sharedScales.vector());
        sharedScales.publish();
    }

    /** Gives the network Q(W). */
    void quantize() {
        // A layer that is not quantized is the network's own, and must come back as it was.
        network.fetch();
        sharedLatent.fetch();
        sharedScales.fetch();
        backend.fakeQuantize(layout, bits, sharedLatent.vector(), parameters(), network.vector());
        network.publish();
    }

    /** Turns the network's gradient at Q(W) into that of W, in its place, and that of the scales. */
    void backward() {
        networkGradient.fetch();
        DeviceVector gradient = networkGradient.vector();
        backend.fakeQuantizeBackward(
                layout, bits, sharedLatent.vector(), parameters(), gradient, gradient, sharedScaleGradients.vector());
        networkGradient.publish();
        sharedScaleGradients.publish();
        scaleGradients.mul_(scaleGradientFactors);
    }

    private QuantizationParameters parameters() {
        return QuantizationParameters.symmetric(sharedScales.vector());
    }

    /** Brings scales back up that a step took too low; a channel of zeros keeps its 0. */
    void keepScalesPositive() {
        scales.copy_(torch.maximum(scales, leastScales));
    }

    /** W of every quantized layer by the layer's name. Their gradients are the network's, in place. */
    Map<String, Tensor> weights() {
        return weightViews;
    }

    /** All layers' scales, [channels]. */
    Tensor scales() {
        return scales;
    }

    /** Lowest values of the scales, [channels]: a part of the state, since they depend on the first scales. */
    Tensor leastScales() {
        return leastScales;
    }

    /** The scales as they are, to be stored. */
    LearnedScales learned() {
        return LearnedScales.of(layout, bits, Tensors.floats(scales));
    }

    @Override
    public void close() {
        network.close();
        networkGradient.close();
        sharedLatent.close();
        sharedScales.close();
        sharedScaleGradients.close();
        weightViews.values().forEach(Tensor::close);
        latent.close();
        scales.close();
        scaleGradients.close();
        scaleGradientFactors.close();
        leastScales.close();
    }
}
