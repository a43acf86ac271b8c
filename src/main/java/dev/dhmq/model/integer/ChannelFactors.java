package dev.dhmq.model.integer;

import dev.dhmq.model.NamedTensor;
import java.util.Arrays;
import java.util.Map;
import java.util.Objects;

/**
 * What comes after a layer's product, channel by channel: times a scale, plus a shift. A batch norm with its running
 * statistics is no more than that, and its scale goes into the layer's weights, or into the scales of its integers, which
 * stay as they are.
 */
public record ChannelFactors(double[] scale, double[] shift) {
    private static final float SCALE_OF_ZEROS = 0x1p-20f;

    /** A bias alone. */
    public static ChannelFactors bias(Map<String, NamedTensor> tensors, String bias) {
        float[] values = values(tensors, bias);
        double[] scale = new double[values.length];
        double[] shift = new double[values.length];
        Arrays.fill(scale, 1);
        for (int c = 0; c < values.length; c++) {
            shift[c] = values[c];
        }
        return new ChannelFactors(scale, shift);
    }

    /** A batch norm in evaluation mode. */
    public static ChannelFactors norm(Map<String, NamedTensor> tensors, String norm, double epsilon) {
        float[] weight = values(tensors, norm + ".weight");
        float[] bias = values(tensors, norm + ".bias");
        float[] mean = values(tensors, norm + ".running_mean");
        float[] variance = values(tensors, norm + ".running_var");
        double[] scale = new double[weight.length];
        double[] shift = new double[weight.length];
        for (int c = 0; c < weight.length; c++) {
            scale[c] = weight[c] / Math.sqrt(variance[c] + epsilon);
            shift[c] = bias[c] - mean[c] * scale[c];
        }
        return new ChannelFactors(scale, shift);
    }

    private static float[] values(Map<String, NamedTensor> tensors, String name) {
        return Objects.requireNonNull(tensors.get(name), name).values();
    }

    /** The scales of integers with this one in them; a fine grid for channels of zeros, whose biases must be on it. */
    public float[] times(float[] scales) {
        float[] product = new float[scales.length];
        for (int c = 0; c < scales.length; c++) {
            float value = (float) (scales[c] * scale[c]);
            product[c] = isZero(value) ? SCALE_OF_ZEROS : value;
        }
        return product;
    }

    /** Whether a channel's weights are nothing, so that its integers must be zero. */
    boolean isZero(float scale, int channel) {
        return isZero((float) (scale * this.scale[channel]));
    }

    /** Subnormal numbers are lost on processors that flush them. */
    private static boolean isZero(float scale) {
        return Math.abs(scale) < Float.MIN_NORMAL;
    }

    /** The shifts in float32. */
    public float[] shifts() {
        float[] shifts = new float[shift.length];
        for (int c = 0; c < shift.length; c++) {
            shifts[c] = (float) shift[c];
        }
        return shifts;
    }
}
