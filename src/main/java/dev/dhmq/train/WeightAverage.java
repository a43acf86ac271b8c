package dev.dhmq.train;

import java.util.LinkedHashMap;
import java.util.Map;
import org.bytedeco.javacpp.PointerScope;
import org.bytedeco.pytorch.NoGradGuard;
import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.Tensor;

/**
 * The exponential moving average of a model's parameters and statistics (Polyak and Juditsky, 1992): often a little better
 * than the weights of the last step. Early on it forgets faster, so that the starting weights do not linger.
 */
final class WeightAverage implements AutoCloseable {
    private final double decay;
    private final Map<String, Tensor> model;
    private final Map<String, Tensor> average = new LinkedHashMap<>();

    /** @param model the tensors that are averaged; must outlive this */
    WeightAverage(double decay, Map<String, Tensor> model) {
        this.decay = decay;
        this.model = model;
        try (PointerScope _ = new PointerScope();
                NoGradGuard _ = new NoGradGuard()) {
            model.forEach((name, tensor) -> {
                Tensor copy = tensor.detach().clone();
                copy.retainReference();
                average.put(name, copy);
            });
        }
    }

    /** Takes in the weights after this step, counted from 1. */
    void update(long step) {
        double share = 1 - Math.min(decay, (1.0 + step) / (10 + step));
        try (PointerScope _ = new PointerScope();
                NoGradGuard _ = new NoGradGuard()) {
            average.forEach((name, tensor) -> tensor.lerp_(of(model, name), new Scalar(share)));
        }
    }

    /** Gives the model the average, and the average the model's weights; the second call puts both back. */
    void swap() {
        try (PointerScope _ = new PointerScope();
                NoGradGuard _ = new NoGradGuard()) {
            average.forEach((name, tensor) -> {
                Tensor other = of(model, name);
                Tensor copy = other.detach().clone();
                other.copy_(tensor);
                tensor.copy_(copy);
            });
        }
    }

    private static Tensor of(Map<String, Tensor> tensors, String name) {
        Tensor tensor = tensors.get(name);
        if (tensor == null) {
            throw new IllegalStateException("The model has lost " + name + ".");
        }
        return tensor;
    }

    /** The averages by the model's names. */
    Map<String, Tensor> state() {
        return average;
    }

    @Override
    public void close() {
        average.values().forEach(Tensor::close);
        average.clear();
    }
}
