package dev.dhmq.model.network;

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
    Tensor forward(Tensor x) {
        LayerHooks hooks = store.hooks();
        Tensor input = hooks.input(name, x);
        return hooks.output(name, CleanConvolution.apply(input, weight, bias, stride, padding));
    }

    Tensor weight() {
        return weight;
    }

    @Nullable
    Tensor bias() {
        return bias;
    }
}
