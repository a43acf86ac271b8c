package dev.dhmq.export.onnx;

/**
 * What comes after a layer's product, channel by channel: times a scale, plus a shift. A batch norm with its running
 * statistics is no more than that, and its scale goes into the layer's weights, or into the scales of its integers, which
 * stay as they are.
 */
record ChannelFactors(double[] scale, double[] shift) {
    private static final float SCALE_OF_ZEROS = 0x1p-20f;

    /** A bias alone. */
    static ChannelFactors bias(DetectorParameters parameters, String layer) {
        float[] bias = parameters.values(layer + ".bias");
        double[] scale = new double[bias.length];
        double[] shift = new double[bias.length];
        for (int c = 0; c < bias.length; c++) {
            scale[c] = 1;
            shift[c] = bias[c];
        }
        return new ChannelFactors(scale, shift);
    }

    /** A batch norm in evaluation mode. */
    static ChannelFactors norm(DetectorParameters parameters, String norm) {
        float[] weight = parameters.values(norm + ".weight");
        float[] bias = parameters.values(norm + ".bias");
        float[] mean = parameters.values(norm + ".running_mean");
        float[] variance = parameters.values(norm + ".running_var");
        double epsilon = parameters.config().norms().epsilon();
        double[] scale = new double[weight.length];
        double[] shift = new double[weight.length];
        for (int c = 0; c < weight.length; c++) {
            scale[c] = weight[c] / Math.sqrt(variance[c] + epsilon);
            shift[c] = bias[c] - mean[c] * scale[c];
        }
        return new ChannelFactors(scale, shift);
    }

    /** The scales of integers with this one in them; a fine grid for channels of zeros, whose biases must be on it. */
    float[] times(float[] scales) {
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

    float[] shifts() {
        float[] shifts = new float[shift.length];
        for (int c = 0; c < shift.length; c++) {
            shifts[c] = (float) shift[c];
        }
        return shifts;
    }
}
