package dev.dhmq.model.network;

import java.util.List;
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
    Signal forward(Signal x) {
        if (x.moves()) {
            // The product rule, as in a convolution.
            Tensor value = torch.linear(x.value(), weight, new TensorOptional(bias));
            Tensor rate = torch.linear(x.value(), x.direction().of(name));
            return x.to(value, rate.add_(torch.linear(x.rate(), weight)));
        }
        LayerHooks hooks = store.hooks();
        Tensor input = hooks.input(name, x.value());
        Tensor other = hooks.weight(name);
        Tensor y = other == null ? torch.linear(input, weight, new TensorOptional(bias)) : torch.linear(input, other);
        return x.to(hooks.outputs(name, List.of(y)).getFirst());
    }

    Tensor weight() {
        return weight;
    }

    Tensor bias() {
        return bias;
    }
}
