package dev.dhmq.model.network;

import dev.dhmq.model.DetectorConfig;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A residual block (He et al., 2016): {@code relu(x' + f(x))}, where f is two 3x3 convolutions (basic) or 1x1, 3x3, 1x1
 * (bottleneck), each with batch norm, and x' is x, projected by a 1x1 convolution where shapes differ.
 */
final class ResidualBlock {
    /** A bottleneck's outputs over its inner channels. */
    static final int EXPANSION = 4;

    private final List<Convolution> convolutions = new ArrayList<>();
    private final List<BatchNorm> norms = new ArrayList<>();
    private final @Nullable Convolution projection;
    private final @Nullable BatchNorm projectionNorm;

    ResidualBlock(
            ParameterStore store,
            String name,
            int inputs,
            int inner,
            int stride,
            boolean bottleneck,
            DetectorConfig.BatchNorms settings) {
        int outputs = bottleneck ? inner * EXPANSION : inner;
        if (bottleneck) {
            add(store, name, inputs, inner, 1, 1, settings);
            // torchvision strides in the 3x3, not in the first 1x1.
            add(store, name, inner, inner, 3, stride, settings);
            add(store, name, inner, outputs, 1, 1, settings);
        } else {
            add(store, name, inputs, inner, 3, stride, settings);
            add(store, name, inner, outputs, 3, 1, settings);
        }
        for (int i = 0; i + 1 < convolutions.size(); i++) {
            convolutions.get(i).readBy(convolutions.get(i + 1));
        }
        convolutions.getLast().withResult();
        if (stride != 1 || inputs != outputs) {
            projection = new Convolution(store, name + ".downsample.0", inputs, outputs, 1, stride, false).withResult();
            projectionNorm = new BatchNorm(store, name + ".downsample.1", name + ".downsample.0", outputs, settings);
        } else {
            projection = null;
            projectionNorm = null;
        }
    }

    private void add(
            ParameterStore store,
            String name,
            int inputs,
            int outputs,
            int kernel,
            int stride,
            DetectorConfig.BatchNorms settings) {
        int number = convolutions.size() + 1;
        String convolution = name + ".conv" + number;
        convolutions.add(new Convolution(store, convolution, inputs, outputs, kernel, stride, false));
        norms.add(new BatchNorm(store, name + ".bn" + number, convolution, outputs, settings));
    }

    Signal forward(Signal x, boolean training) {
        return Signal.alone(
                () -> residual(x, training).plus(shortcut(x, training)).relu());
    }

    private Signal residual(Signal x, boolean training) {
        Signal y = x;
        for (int i = 0; i < convolutions.size(); i++) {
            y = norms.get(i).after(convolutions.get(i), y, training);
            if (i + 1 < convolutions.size()) {
                y = y.relu();
            }
        }
        return convolutions.getLast().result(y);
    }

    private Signal shortcut(Signal x, boolean training) {
        if (projection == null || projectionNorm == null) {
            return x;
        }
        return projection.result(projectionNorm.after(projection, x, training));
    }
}
