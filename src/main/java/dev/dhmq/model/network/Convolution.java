package dev.dhmq.model.network;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.bytedeco.pytorch.Tensor;
import org.jspecify.annotations.Nullable;

/** A square convolution, padded by half its kernel. */
final class Convolution {
    private final ParameterStore store;
    private final String name;
    private final Tensor weight;
    private final @Nullable Tensor bias;
    private final long[] stride;
    private final long[] padding;

    Convolution(ParameterStore store, String name, int inputs, int outputs, int kernel, int stride, boolean withBias) {
        this.store = store;
        this.name = name + ".weight";
        this.weight = store.parameter(this.name, outputs, inputs, kernel, kernel);
        this.bias = withBias ? store.parameter(name + ".bias", outputs) : null;
        this.stride = new long[] {stride, stride};
        this.padding = new long[] {kernel / 2, kernel / 2};
    }

    /** From [N, inputs, H, W] to [N, outputs, ceil(H / stride), ceil(W / stride)]. */
    Signal forward(Signal x) {
        return forward(List.of(x)).getFirst();
    }

    /** The same of several levels, which hooks see together. */
    List<Signal> forward(List<Signal> levels) {
        if (levels.getFirst().moves()) {
            return levels.stream()
                    .map(x -> moving(x, weight, x.direction().of(name), bias))
                    .toList();
        }
        LayerHooks hooks = store.hooks();
        Tensor other = hooks.weight(name);
        List<Tensor> outputs = hooks.outputs(
                name,
                levels.stream()
                        .map(x -> hooks.input(name, x.value()))
                        .map(x -> other == null ? convolved(x, weight, bias) : convolved(x, other, null))
                        .toList());
        List<Signal> signals = new ArrayList<>();
        for (int i = 0; i < outputs.size(); i++) {
            signals.add(levels.get(i).to(outputs.get(i)));
        }
        return signals;
    }

    /** Says that {@link #result} will be asked of this one. */
    Convolution withResult() {
        store.declareResult(name);
        return this;
    }

    /** Says which convolutions, and nothing else, read what this one makes, after its norm and perhaps a ReLU. */
    void readBy(Convolution... readers) {
        store.declareReaders(
                name, Arrays.stream(readers).map(reader -> reader.name).toList());
    }

    /** Whether hooks compute it, its norm with it. */
    boolean isHooked() {
        return store.hooks().weight(name) != null;
    }

    /** What hooks make of its output with its norm, where it is a result, see {@link LayerHooks#result}. */
    Signal result(Signal y) {
        return y.moves() ? y : y.to(store.hooks().result(name, y.value()));
    }

    /** The same where weights move, of the weights times a constant scale, [outputs, 1, 1, 1], and with a constant shift. */
    Signal forward(Signal x, Tensor scale, Tensor shift) {
        return moving(x, weight.mul(scale), x.direction().of(name).mul(scale), shift);
    }

    /** The product rule: (x * w)' = x' * w + x * w'. Biases stay where they are. */
    private Signal moving(Signal x, Tensor weight, Tensor change, @Nullable Tensor bias) {
        Tensor value = convolved(x.value(), weight, bias);
        Tensor rate = convolved(x.value(), change, null);
        return x.to(value, x.changes() ? rate.add_(convolved(x.rate(), weight, null)) : rate);
    }

    private Tensor convolved(Tensor x, Tensor weight, @Nullable Tensor bias) {
        return CleanConvolution.apply(x, weight, bias, stride, padding);
    }

    Tensor weight() {
        return weight;
    }

    @Nullable
    Tensor bias() {
        return bias;
    }
}
