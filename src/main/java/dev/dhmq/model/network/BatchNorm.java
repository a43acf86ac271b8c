package dev.dhmq.model.network;

import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.TensorOptional;
import org.bytedeco.pytorch.global.torch;

/** Batch normalisation over channels. In training it uses and updates statistics of the batch, otherwise the running ones. */
final class BatchNorm {
    private static final double MOMENTUM = 0.1;
    private static final double EPSILON = 1e-5;

    private final Tensor weight;
    private final Tensor bias;
    private final Tensor runningMean;
    private final Tensor runningVariance;

    BatchNorm(ParameterStore store, String name, int channels) {
        this.weight = store.parameter(name + ".weight", channels);
        this.bias = store.parameter(name + ".bias", channels);
        this.runningMean = store.buffer(name + ".running_mean", 0, channels);
        this.runningVariance = store.buffer(name + ".running_var", 1, channels);
        weight.detach().fill_(new Scalar(1.0));
    }

    Tensor forward(Tensor x, boolean training) {
        return torch.batch_norm(
                x,
                new TensorOptional(weight),
                new TensorOptional(bias),
                new TensorOptional(runningMean),
                new TensorOptional(runningVariance),
                training,
                MOMENTUM,
                EPSILON,
                true);
    }

    Tensor weight() {
        return weight;
    }
}
