package dev.dhmq.model.integer;

import dev.dhmq.model.DetectionModel;
import dev.dhmq.model.FakeQuantization;
import dev.dhmq.model.LearnedScales;
import dev.dhmq.model.NamedTensor;
import dev.dhmq.model.network.ParameterStore;
import dev.dhmq.quant.ActivationQuantization;
import dev.dhmq.quant.ActivationSite;
import dev.dhmq.quant.AffineQuantization;
import dev.dhmq.quant.BitAssignment;
import dev.dhmq.quant.BitWidths;
import dev.dhmq.tensor.Backend;
import dev.dhmq.tensor.ParameterLayout;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.stream.Stream;

/**
 * What a plan makes of a detector, free of LibTorch: safe for all threads, but for arrays that nobody may change. By the layers' names:
 *
 * @param weights integers; the other layers' are float32
 * @param inputs how inputs are rounded; the others are float32
 * @param results how results are rounded; the others are float32
 * @param layers those that compute with integers: weights and input both are
 */
public record IntegerNetwork(
        Map<String, IntegerWeights> weights,
        Map<String, AffineQuantization> inputs,
        Map<String, AffineQuantization> results,
        Map<String, IntegerLayer> layers) {
    /** The first convolution, which sees the images. */
    public static final String STEM = "backbone.body.conv1.weight";

    /** Of a detector in float32. */
    public static final IntegerNetwork FLOAT = new IntegerNetwork(Map.of(), Map.of(), Map.of(), Map.of());

    public IntegerNetwork {
        weights = Map.copyOf(weights);
        inputs = Map.copyOf(inputs);
        results = Map.copyOf(results);
        layers = Map.copyOf(layers);
    }

    /**
     * Quantizes a detector, which has the plan's weights afterwards, as {@link FakeQuantization} gives it.
     *
     * @param learned scales beside the detector's weights
     * @param activations quantized inputs and results of layers
     * @throws dev.dhmq.InvalidInputException as {@link FakeQuantization#apply} does
     */
    public static IntegerNetwork of(
            DetectionModel model,
            Backend backend,
            BitAssignment assignment,
            LearnedScales learned,
            List<ActivationQuantization> activations) {
        ParameterLayout layout = model.weights().layout();
        LearnedScales scales = FakeQuantization.apply(model, backend, assignment, learned);
        Map<String, NamedTensor> tensors = NamedTensor.all(model);
        Map<String, IntegerWeights> weights = IntegerWeights.of(layout, assignment.over(layout), tensors, scales);
        Map<String, AffineQuantization> inputs = ActivationQuantization.byLayer(activations, ActivationSite.INPUT);
        Map<String, AffineQuantization> results = ActivationQuantization.byLayer(activations, ActivationSite.RESULT);
        return new IntegerNetwork(weights, inputs, results, Map.of()).withLayers(model, tensors);
    }

    private IntegerNetwork withLayers(DetectionModel model, Map<String, NamedTensor> tensors) {
        Map<String, IntegerLayer> found = new LinkedHashMap<>();
        weights.forEach((layer, integers) -> {
            if (inputs.containsKey(layer)) {
                found.put(layer, layer(layer, integers, model, tensors));
            }
        });
        return new IntegerNetwork(weights, inputs, results, found);
    }

    private IntegerLayer layer(
            String layer, IntegerWeights integers, DetectionModel model, Map<String, NamedTensor> tensors) {
        AffineQuantization input = Objects.requireNonNull(inputs.get(layer));
        double epsilon = model.config().norms().epsilon();
        ChannelFactors factors = model.parameters()
                .normAfter(layer)
                .map(norm -> ChannelFactors.norm(tensors, norm, epsilon))
                .orElseGet(() -> ChannelFactors.bias(tensors, ParameterStore.biasOf(layer)));
        return Stream.of(form(layer, model.parameters()), new IntegerLayer.Form.Scaled())
                .map(form -> new IntegerLayer(integers, input, factors, form))
                .filter(IntegerLayer::isPossible)
                .findFirst()
                .orElseThrow();
    }

    private IntegerLayer.Form form(String layer, ParameterStore store) {
        if (layer.equals(STEM)) {
            return new IntegerLayer.Form.OfImages();
        }
        return Optional.ofNullable(results.get(layer))
                .or(() -> next(store.readersOf(layer)))
                .<IntegerLayer.Form>map(IntegerLayer.Form.Rounded::new)
                .orElseGet(IntegerLayer.Form.Scaled::new);
    }

    /** The eight bits to which all readers round a result, where they are the same. */
    private Optional<AffineQuantization> next(List<String> readers) {
        Optional<AffineQuantization> first = readers.stream().findFirst().map(inputs::get);
        return first.filter(quantizer -> quantizer.bits() == BitWidths.WIDEST
                && readers.stream().allMatch(reader -> quantizer.equals(inputs.get(reader))));
    }
}
