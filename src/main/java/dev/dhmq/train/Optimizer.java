package dev.dhmq.train;

import java.util.LinkedHashMap;
import java.util.Map;
import org.bytedeco.javacpp.PointerScope;
import org.bytedeco.pytorch.NoGradGuard;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch;

/**
 * Moves parameters along their gradients.
 *
 * <p>Written here and not LibTorch's because LibTorch's does not show its state but in an archive that must be unpickled,
 * and a training that is taken up again needs the state. The steps are LibTorch's, operation by operation.
 */
abstract sealed class Optimizer implements AutoCloseable permits AdamW, Sgd {
    private final Map<String, Tensor> parameters;
    private final Map<String, Tensor> state = new LinkedHashMap<>();
    private long steps;

    /** @param parameters by name; must outlive this and have gradients whenever a step is taken */
    Optimizer(Map<String, Tensor> parameters) {
        this.parameters = parameters;
    }

    static Optimizer of(OptimizerSettings settings, Map<String, Tensor> parameters) {
        return switch (settings) {
            case OptimizerSettings.AdamW adamW -> new AdamW(adamW, parameters);
            case OptimizerSettings.Sgd sgd -> new Sgd(sgd, parameters);
        };
    }

    /** Takes a step. */
    void step(double learningRate) {
        steps++;
        for (Map.Entry<String, Tensor> entry : parameters.entrySet()) {
            try (PointerScope _ = new PointerScope();
                    NoGradGuard _ = new NoGradGuard()) {
                step(entry.getKey(), entry.getValue(), entry.getValue().grad(), learningRate);
            }
        }
    }

    abstract void step(String name, Tensor parameter, Tensor gradient, double learningRate);

    /** A tensor like the parameter, all zeros, that is kept from step to step. */
    Tensor declare(String name, Tensor parameter) {
        Tensor tensor = torch.zeros_like(parameter);
        tensor.retainReference();
        state.put(name, tensor);
        return tensor;
    }

    /** A declared tensor. */
    Tensor kept(String name) {
        Tensor tensor = state.get(name);
        if (tensor == null) {
            throw new IllegalStateException("The optimizer keeps nothing called " + name + ".");
        }
        return tensor;
    }

    /** All that is kept from step to step beside {@link #steps}, by name. */
    Map<String, Tensor> state() {
        return state;
    }

    /** Steps taken. */
    long steps() {
        return steps;
    }

    /** Goes on from a state whose tensors have been filled. */
    void resume(long stepsTaken) {
        steps = stepsTaken;
    }

    @Override
    public void close() {
        state.values().forEach(Tensor::close);
        state.clear();
    }
}
