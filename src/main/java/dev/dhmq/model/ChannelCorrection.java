package dev.dhmq.model;

import dev.dhmq.model.network.Tensors;
import java.util.Arrays;
import org.bytedeco.pytorch.Tensor;

/**
 * A gain and a shift for every channel of a layer's output, {@code y' = gain y + shift}.
 *
 * @param gain positive
 * @param shift in the units of the output
 */
record ChannelCorrection(float[] gain, float[] shift) {
    /** A channel that quantization has changed by more than this is broken; more gain would raise its noise. */
    private static final double MOST_GAIN = 2;

    /** What gives outputs of these moments the mean and the deviation of the wanted ones. Channels that are constant keep theirs. */
    static ChannelCorrection between(ChannelMoments moments, ChannelMoments wanted) {
        int channels = moments.channels();
        float[] gain = new float[channels];
        float[] shift = new float[channels];
        for (int c = 0; c < channels; c++) {
            double from = moments.deviation(c);
            double to = wanted.deviation(c);
            gain[c] = from > 0 && to > 0 ? (float) Math.clamp(to / from, 1 / MOST_GAIN, MOST_GAIN) : 1;
            shift[c] = (float) (wanted.mean(c) - gain[c] * moments.mean(c));
        }
        return new ChannelCorrection(gain, shift);
    }

    Tensor apply(Tensor y) {
        long[] perChannel = new long[(int) y.dim()];
        Arrays.fill(perChannel, 1);
        perChannel[1] = gain.length;
        return y.mul(Tensors.of(gain, y.scalar_type(), perChannel)).add(Tensors.of(shift, y.scalar_type(), perChannel));
    }
}
