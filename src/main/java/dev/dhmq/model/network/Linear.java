package dev.dhmq.model.network;

import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.TensorOptional;
import org.bytedeco.pytorch.global.torch;

/** A fully connected layer. */
final class Linear {
    private final ParameterStore store;
    private final String name;
    private final Tensor weight;
    private final Tensor bias;

    Linear(ParameterStore store, String name, int inputs, int outputs) {
        this.store = store;
        this.name = name + ".weight";
        this.weight = store.parameter(this.name, outputs, inputs);
        this.bias = store.parameter(name + ".bias", outputs);
    }

    /** From [N, inputs] to [N, outputs]. */
    Tensor forward(Tensor x) {
        LayerHooks hooks = store.hooks();
        return hooks.output(name, torch.linear(hooks.input(name, x), weight, new TensorOptional(bias)));
    }

    Tensor weight() {
        return weight;
    }

    Tensor bias() {
        return bias;
    }
}
