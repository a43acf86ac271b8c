package dev.dhmq.model;

import dev.dhmq.InvalidInputException;
import dev.dhmq.model.network.LayerHooks;
import dev.dhmq.quant.ActivationQuantization;
import dev.dhmq.quant.ActivationSite;
import dev.dhmq.quant.AffineQuantization;
import java.util.List;
import java.util.Map;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch;
import org.jspecify.annotations.Nullable;

/**
 * Quantizes inputs and results of layers, still as floats, whatever the weights are: what a search of activations measures. {@link
 * dev.dhmq.model.integer.IntegerArithmetic} computes with the integers themselves. Gradients pass straight through where a value is within
 * the range, and are 0 where it was cut off.
 */
public final class ActivationHooks implements LayerHooks {
    private final Map<String, AffineQuantization> inputs;
    private final Map<String, AffineQuantization> results;

    private ActivationHooks(List<ActivationQuantization> activations) {
        inputs = ActivationQuantization.byLayer(activations, ActivationSite.INPUT);
        results = ActivationQuantization.byLayer(activations, ActivationSite.RESULT);
    }

    /**
     * Quantizes these activations of the model until the result is closed; the others stay float. An empty list leaves the
     * model alone.
     *
     * @throws InvalidInputException where a name is none of the model's layers, and for a scripted detector
     */
    public static HookedLayers apply(DetectionModel model, List<ActivationQuantization> activations) {
        requireThere(model, activations);
        return activations.isEmpty()
                ? HookedLayers.unchanged(model)
                : HookedLayers.with(model, new ActivationHooks(activations));
    }

    /**
     * Refuses activations that a model does not have.
     *
     * @throws InvalidInputException where a name is none of the model's layers, or that of a layer without a result
     */
    public static void requireThere(DetectionModel model, List<ActivationQuantization> activations) {
        for (ActivationQuantization activation : activations) {
            String layer = activation.layer();
            if (model.weights().layout().indexOf(layer) < 0) {
                throw new InvalidInputException("The plan quantizes activations of " + layer
                        + ", which is none of the model's layers; search again for this model.");
            }
            if (activation.site() == ActivationSite.RESULT
                    && model instanceof TorchvisionDetector
                    && !model.parameters().hasResult(layer)) {
                throw new InvalidInputException("The plan quantizes the result of " + layer
                        + ", which this model leaves to the layers that read it; search again for this model.");
            }
        }
    }

    @Override
    public Tensor input(String layer, Tensor x) {
        return quantized(x, inputs.get(layer));
    }

    @Override
    public Tensor result(String layer, Tensor y) {
        return quantized(y, results.get(layer));
    }

    private static Tensor quantized(Tensor x, @Nullable AffineQuantization quantizer) {
        return quantizer == null
                ? x
                : torch.fake_quantize_per_tensor_affine(
                        x, quantizer.scale(), quantizer.zeroPoint(), 0, quantizer.highest());
    }
}
