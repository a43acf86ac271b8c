package dev.dhmq.model;

import dev.dhmq.model.network.ParameterStore;
import dev.dhmq.model.network.Tensors;
import dev.dhmq.quant.ActivationQuantization;
import dev.dhmq.quant.ActivationSite;
import dev.dhmq.quant.BitAssignment;
import dev.dhmq.quant.ProductGrid;
import dev.dhmq.tensor.ParameterLayout;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.bytedeco.javacpp.PointerScope;
import org.bytedeco.pytorch.NoGradGuard;
import org.bytedeco.pytorch.Tensor;

/**
 * Puts the biases of layers that compute with integers on their {@link ProductGrid}, still as floats. A batch norm is a scale and a
 * shift, and the shift is the bias.
 */
final class IntegerBiases {
    private IntegerBiases() {}

    /**
     * Rounds the biases of layers whose weights and inputs are quantized. What is rounded already stays.
     *
     * @param scales of the weights
     */
    static void round(
            DetectionModel model,
            BitAssignment assignment,
            LearnedScales scales,
            List<ActivationQuantization> activations) {
        ParameterLayout layout = model.weights().layout();
        int[] bits = assignment.over(layout);
        try (PointerScope _ = new PointerScope();
                NoGradGuard _ = new NoGradGuard()) {
            for (ActivationQuantization activation : activations) {
                int layer = layout.indexOf(activation.layer());
                if (activation.site() == ActivationSite.INPUT && layer >= 0) {
                    double inputScale = activation.quantizer().scale();
                    scales.ofLayer(activation.layer())
                            .ifPresent(
                                    found -> round(model, activation.layer(), steps(found, inputScale, bits[layer])));
                }
            }
        }
    }

    private static double[] steps(float[] scales, double inputScale, int bits) {
        double[] steps = new double[scales.length];
        for (int c = 0; c < steps.length; c++) {
            steps[c] = ProductGrid.step(inputScale, scales[c], bits);
        }
        return steps;
    }

    private static void round(DetectionModel model, String layer, double[] steps) {
        ParameterStore store = model.parameters();
        String bias = ParameterStore.biasOf(layer);
        if (store.state().containsKey(bias)) {
            change(store, bias, (c, value) -> rounded(value, steps[c]));
        } else {
            store.normAfter(layer)
                    .ifPresent(norm ->
                            roundNorm(store, norm, steps, model.config().norms().epsilon()));
        }
    }

    /** scale (y - mean) + bias, with y on the steps' grid: bias - scale mean is what is added to integers. */
    private static void roundNorm(ParameterStore store, String norm, double[] steps, double epsilon) {
        float[] weight = values(store, norm + ".weight");
        float[] mean = values(store, norm + ".running_mean");
        float[] variance = values(store, norm + ".running_var");
        change(store, norm + ".bias", (c, value) -> {
            double scale = weight[c] / Math.sqrt(variance[c] + epsilon);
            return rounded(value - mean[c] * scale, Math.abs(scale * steps[c])) + mean[c] * scale;
        });
    }

    private interface Change {
        double of(int channel, double value);
    }

    private static void change(ParameterStore store, String name, Change change) {
        float[] values = values(store, name);
        for (int c = 0; c < values.length; c++) {
            values[c] = (float) change.of(c, values[c]);
        }
        Tensor tensor = tensor(store.state(), name);
        tensor.copy_(Tensors.of(values, tensor.scalar_type(), values.length));
    }

    /** Where nothing but zeros is added up, any grid will do. */
    private static double rounded(double value, double step) {
        return step > 0 ? Math.rint(value / step) * step : value;
    }

    private static float[] values(ParameterStore store, String name) {
        return Tensors.floats(tensor(store.state(), name));
    }

    private static Tensor tensor(Map<String, Tensor> state, String name) {
        return Objects.requireNonNull(state.get(name), name);
    }
}
