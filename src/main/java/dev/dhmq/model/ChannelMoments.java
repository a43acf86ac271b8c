package dev.dhmq.model;

import dev.dhmq.model.network.Tensors;
import org.bytedeco.javacpp.PointerScope;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch;

/** Mean and variance of every channel of a layer's output, over images and places. */
final class ChannelMoments {
    private final double[] sums;
    private final double[] squares;
    private long count;

    ChannelMoments(int channels) {
        sums = new double[channels];
        squares = new double[channels];
    }

    /** Counts an output in: [N, channels] or [N, channels, H, W]. */
    void add(Tensor y) {
        boolean isArea = y.dim() > 2;
        long parts = isArea ? y.size(0) : 1; // an image at a time: its copy in float64 is what takes memory
        for (long i = 0; i < parts; i++) {
            try (PointerScope _ = new PointerScope()) {
                Tensor part = isArea ? y.select(0, i).reshape(sums.length, -1) : y.t();
                Tensor wide = part.to(torch.ScalarType.Double);
                accumulate(sums, wide.sum(1));
                accumulate(squares, wide.mul(wide).sum(1));
                count += wide.size(1);
            }
        }
    }

    private static void accumulate(double[] into, Tensor values) {
        double[] added = Tensors.doubles(values);
        for (int c = 0; c < into.length; c++) {
            into[c] += added[c];
        }
    }

    int channels() {
        return sums.length;
    }

    /** Whether nothing has been counted. */
    boolean isEmpty() {
        return count == 0;
    }

    double mean(int channel) {
        return sums[channel] / count;
    }

    double deviation(int channel) {
        double mean = mean(channel);
        return Math.sqrt(Math.max(0, squares[channel] / count - mean * mean));
    }
}
