package dev.dhmq.tensor;

import org.jspecify.annotations.Nullable;

/**
 * What integers stand for: the scale of every channel and, for affine quantization, its zero point. Owns neither vector.
 *
 * @param scales one a channel, length {@link ParameterLayout#channels()}; a channel of scale 0 is all zero
 * @param zeroPoints whole numbers from 0 to 2^b - 1, one a channel; null for symmetric quantization
 */
public record QuantizationParameters(
        DeviceVector scales, @Nullable DeviceVector zeroPoints) {

    /** Symmetric quantization with these scales: signed integers, and 0 stands for 0. */
    public static QuantizationParameters symmetric(DeviceVector scales) {
        return new QuantizationParameters(scales, null);
    }

    /** Affine quantization: unsigned integers, and the zero point stands for 0. */
    public static QuantizationParameters affine(DeviceVector scales, DeviceVector zeroPoints) {
        return new QuantizationParameters(scales, zeroPoints);
    }
}
