package dev.dhmq.model.integer;

import dev.dhmq.model.ActivationHooks;
import dev.dhmq.model.DetectionModel;
import dev.dhmq.model.FakeQuantization;
import dev.dhmq.model.HookedLayers;
import dev.dhmq.model.LearnedScales;
import dev.dhmq.model.network.LayerHooks;
import dev.dhmq.model.network.ParameterStore;
import dev.dhmq.quant.ActivationQuantization;
import dev.dhmq.quant.AffineQuantization;
import dev.dhmq.quant.BitAssignment;
import dev.dhmq.tensor.Backend;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.bytedeco.javacpp.PointerScope;
import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch;
import org.jspecify.annotations.Nullable;

/**
 * Computes a detector's layers with integers, as an exported file does, operation by operation: the same integers come out, and where
 * a layer of integers ends, the same float32 numbers. Layers whose weights or inputs are float32 compute with floats. No gradients. On the model's thread
 * alone; owns its tensors until it is closed.
 *
 * <p>LibTorch has no convolution of integers. Its float32 one gives their sums exactly as long as none can exceed 2^24; where one
 * could, float64 takes its place.
 */
public final class IntegerArithmetic implements LayerHooks {
    private final IntegerNetwork network;
    private final torch.ScalarType type;
    private final Map<String, IntegerProduct> products = new HashMap<>();

    private IntegerArithmetic(IntegerNetwork network, ParameterStore store) {
        this.network = network;
        this.type = store.type();
        try (PointerScope _ = new PointerScope()) {
            Map<String, Tensor> parameters = store.parameters();
            network.layers()
                    .forEach((name, layer) -> products.put(
                            name, new IntegerProduct(layer, Objects.requireNonNull(parameters.get(name), name))));
        }
    }

    /**
     * Gives a detector the weights of a plan, and computes with integers until the result is closed; the weights stay.
     *
     * @param learned scales beside the detector's weights
     * @param activations quantized inputs and results of layers; where there are none, all computes with floats
     * @throws dev.dhmq.InvalidInputException where weights, scales or activations are another model's, and for activations of a
     *     scripted detector
     */
    public static HookedLayers apply(
            DetectionModel model,
            Backend backend,
            BitAssignment assignment,
            LearnedScales learned,
            List<ActivationQuantization> activations) {
        ActivationHooks.requireThere(model, activations);
        if (activations.isEmpty()) {
            FakeQuantization.apply(model, backend, assignment, learned);
            return HookedLayers.unchanged(model);
        }
        HookedLayers.requireHooks(model);
        IntegerNetwork network = IntegerNetwork.of(model, backend, assignment, learned, activations);
        return HookedLayers.with(model, new IntegerArithmetic(network, model.parameters()));
    }

    @Override
    public Tensor input(String layer, Tensor x) {
        AffineQuantization quantizer = network.inputs().get(layer);
        if (quantizer == null) {
            return x;
        }
        IntegerProduct product = products.get(layer);
        return product == null
                ? value(x, quantizer)
                : rounded(x, quantizer).to(product.weight().scalar_type());
    }

    @Override
    public @Nullable Tensor weight(String layer) {
        IntegerProduct product = products.get(layer);
        return product == null ? null : product.weight();
    }

    @Override
    public Tensor output(String layer, Tensor y) {
        IntegerProduct product = products.get(layer);
        return product == null ? y : product.output(y).to(type);
    }

    @Override
    public Tensor result(String layer, Tensor y) {
        AffineQuantization quantizer = network.results().get(layer);
        IntegerProduct product = products.get(layer);
        if (quantizer == null || (product != null && product.rounds())) {
            return y;
        }
        return value(y, quantizer);
    }

    private Tensor value(Tensor x, AffineQuantization quantizer) {
        return rounded(x, quantizer).mul_(new Scalar(quantizer.scale())).to(type);
    }

    /** The integers that x is rounded to, less the zero point: as ONNX's QuantizeLinear, which divides. */
    private static Tensor rounded(Tensor x, AffineQuantization quantizer) {
        return IntegerProduct.rounded(x.to(torch.ScalarType.Float).div(new Scalar(quantizer.scale())), quantizer);
    }

    @Override
    public void close() {
        products.values().forEach(IntegerProduct::close);
        products.clear();
    }
}
