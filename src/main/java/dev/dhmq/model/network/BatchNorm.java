package dev.dhmq.model.network;

import dev.dhmq.model.DetectorConfig;
import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.TensorOptional;
import org.bytedeco.pytorch.global.torch;

/**
 * Batch normalisation over channels. In training it uses and updates statistics of the batch, otherwise, and always where
 * it is frozen, the running ones.
 */
final class BatchNorm {
    private static final double MOMENTUM = 0.1;

    private final Tensor weight;
    private final Tensor bias;
    private final Tensor runningMean;
    private final Tensor runningVariance;
    private final DetectorConfig.BatchNorms settings;

    /** @param convolution name of the one it follows */
    BatchNorm(ParameterStore store, String name, String convolution, int channels, DetectorConfig.BatchNorms settings) {
        this.settings = settings;
        store.follow(convolution + ".weight", name);
        this.weight = declare(store, name + ".weight", channels);
        this.bias = declare(store, name + ".bias", channels);
        this.runningMean = store.buffer(name + ".running_mean", 0, channels);
        this.runningVariance = store.buffer(name + ".running_var", 1, channels);
        weight.detach().fill_(new Scalar(1.0));
    }

    private Tensor declare(ParameterStore store, String name, int channels) {
        return settings.frozen() ? store.buffer(name, 0, channels) : store.parameter(name, channels);
    }

    /** The norm of what the convolution, which has no bias, makes of x. */
    Signal after(Convolution convolution, Signal x, boolean training) {
        if (!x.moves()) {
            Signal y = convolution.forward(x);
            return convolution.isHooked() ? y : x.to(normalised(y.value(), training));
        }
        if (training) {
            throw new IllegalStateException("Rates of change are taken with the running statistics, not in training.");
        }
        // Running statistics make it a scale and a shift, which the convolution does on the way.
        Tensor scale = weight.detach()
                .div(runningVariance.add(new Scalar(settings.epsilon())).sqrt());
        Tensor shift = bias.detach().sub(runningMean.mul(scale));
        return convolution.forward(x, scale.view(-1, 1, 1, 1), shift);
    }

    private Tensor normalised(Tensor x, boolean training) {
        return torch.batch_norm(
                x,
                new TensorOptional(weight),
                new TensorOptional(bias),
                new TensorOptional(runningMean),
                new TensorOptional(runningVariance),
                training && !settings.frozen(),
                MOMENTUM,
                settings.epsilon(),
                true);
    }

    Tensor weight() {
        return weight;
    }
}
