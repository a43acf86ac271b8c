package dev.dhmq.quant;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import dev.dhmq.InvalidInputException;
import dev.dhmq.tensor.Backend;
import dev.dhmq.tensor.CountingBackend;
import dev.dhmq.tensor.DeviceVector;
import dev.dhmq.tensor.Layer;
import dev.dhmq.tensor.ParameterLayout;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class WeightQuantizerTest {
    private static final long SEED = 20261;
    private static final ParameterLayout LAYOUT = ParameterLayout.of(List.of(
            new ParameterLayout.Shape("a", 3, 33),
            new ParameterLayout.Shape("b", 2, 17),
            new ParameterLayout.Shape("c", 4, 1)));

    private final CountingBackend backend = new CountingBackend();
    private final float[] values = gaussian(SEED);

    @AfterEach
    void everyVectorIsClosed() {
        assertThat(backend.open()).isZero();
    }

    @ParameterizedTest
    @ValueSource(ints = {2, 3, 4, 5, 6, 7, 8})
    void everyWeightIsAMultipleOfItsScaleAndAtMostHalfOfOneAway(int bits) {
        try (WeightQuantizer quantizer = quantizer(BitWidths.of(bits));
                DeviceVector out = backend.allocate(LAYOUT.size())) {
            quantizer.quantize(new int[] {bits, bits, bits}, out);
            float[] quantized = backend.read(out);
            forEachChannel(quantizer, bits, (from, count, scale) -> {
                double lowest = -scale * (1 << (bits - 1));
                double highest = scale * ((1 << (bits - 1)) - 1);
                for (int i = from; i < from + count; i++) {
                    double q = quantized[i] / scale;
                    // One float division and one product stand between q and its whole number.
                    assertThat(q).as("seed %d, weight %d", SEED, i).isCloseTo(Math.rint(q), within(1e-4));
                    double clipped = Math.clamp(values[i], lowest, highest);
                    assertThat((double) quantized[i]).isCloseTo(clipped, within(scale * (0.5 + 1e-4)));
                }
            });
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {2, 4, 8})
    void theScaleBeatsNotClippingAndEveryCoarserChoice(int bits) {
        try (WeightQuantizer quantizer = quantizer(BitWidths.of(bits))) {
            forEachChannel(quantizer, bits, (from, count, scale) -> {
                double found = squaredError(from, count, scale, bits);
                double largest = 0;
                for (int i = from; i < from + count; i++) {
                    largest = Math.max(largest, Math.abs(values[i]));
                }
                for (double ratio : new double[] {1.2, 1.1, 1, 0.9, 0.8, 0.7, 0.6, 0.5, 0.4, 0.3}) {
                    float other = (float) (largest / (1 << (bits - 1)) * ratio);
                    // These ratios are in the grid, but for the last digit of a float.
                    assertThat(found)
                            .as("seed %d, channel at %d, ratio %f", SEED, from, ratio)
                            .isLessThanOrEqualTo(squaredError(from, count, other, bits) * (1 + 1e-4) + 1e-12);
                }
            });
        }
    }

    @Test
    void mixedWidthsLeaveSkippedLayersAlone() {
        try (WeightQuantizer quantizer = quantizer(BitWidths.of(3, 8));
                DeviceVector mixed = backend.allocate(LAYOUT.size());
                DeviceVector uniform = backend.allocate(LAYOUT.size())) {
            quantizer.quantize(new int[] {3, Backend.SKIP, 8}, mixed);
            float[] result = backend.read(mixed);
            quantizer.quantize(new int[] {3, 3, 3}, uniform);
            assertThat(slice(result, 0)).containsExactly(slice(backend.read(uniform), 0));
            assertThat(slice(result, 1)).containsOnly(0);
            quantizer.quantize(new int[] {8, 8, 8}, uniform);
            assertThat(slice(result, 2)).containsExactly(slice(backend.read(uniform), 2));
        }
    }

    @Test
    void perturbationProductsAreThoseOfTheMixedPerturbation() {
        int[] bits = {2, 5, Backend.SKIP};
        try (WeightQuantizer quantizer = quantizer(BitWidths.of(2, 5, 8));
                DeviceVector current = backend.allocate(LAYOUT.size());
                DeviceVector next = backend.allocate(LAYOUT.size());
                DeviceVector v = vector(gaussian(SEED + 1))) {
            quantizer.quantize(new int[] {8, 8, 8}, current);
            backend.copy(current, next);
            quantizer.quantize(bits, next);
            double[][] products = quantizer.perturbationProducts(bits, current, List.of(v));
            float[] before = backend.read(current);
            float[] after = backend.read(next);
            float[] factors = backend.read(v);
            for (int l = 0; l < bits.length; l++) {
                Layer layer = LAYOUT.layer(l);
                double square = 0;
                double product = 0;
                for (int i = (int) layer.offset(); i < layer.offset() + layer.size(); i++) {
                    double d = after[i] - before[i];
                    square += d * d;
                    product += d * factors[i];
                }
                // The same differences in the same order: only fused sums could differ, in the last digits.
                assertThat(products[l][0]).isCloseTo(square, within(1e-12));
                assertThat(products[l][1]).isCloseTo(product, within(1e-12));
            }
        }
    }

    @ParameterizedTest
    @ValueSource(floats = {Float.NaN, Float.POSITIVE_INFINITY, Float.NEGATIVE_INFINITY})
    void weightsThatAreNoNumbersAreRefusedWithTheirLayer(float bad) {
        values[(int) LAYOUT.layer(1).offset() + 5] = bad;
        assertThatThrownBy(() -> quantizer(BitWidths.of(4)))
                .isInstanceOf(InvalidInputException.class)
                .hasMessageContaining("Layer b has weights that are NaN or infinite");
    }

    @Test
    void aLayerOfZerosStaysZero() {
        Arrays.fill(
                values, (int) LAYOUT.layer(1).offset(), (int) LAYOUT.layer(2).offset(), 0);
        try (WeightQuantizer quantizer = quantizer(BitWidths.of(2));
                DeviceVector out = vector(gaussian(SEED + 2))) {
            quantizer.quantize(new int[] {2, 2, 2}, out);
            assertThat(slice(backend.read(out), 1)).containsOnly(0);
        }
    }

    @Test
    void theFloatWeightsAreACopy() {
        try (DeviceVector weights = vector(values);
                WeightQuantizer quantizer = new WeightQuantizer(backend, LAYOUT, weights, BitWidths.of(2))) {
            quantizer.quantize(new int[] {2, 2, 2}, weights);
            assertThat(backend.read(quantizer.floatWeights())).containsExactly(values);
        }
    }

    @Test
    void aWidthWithoutScalesIsRefused() {
        try (WeightQuantizer quantizer = quantizer(BitWidths.of(4, 8));
                DeviceVector out = backend.allocate(LAYOUT.size())) {
            assertThatThrownBy(() -> quantizer.quantize(new int[] {3, 4, 8}, out))
                    .isInstanceOf(IllegalArgumentException.class)
                    .hasMessageContaining("3 bits are none of the quantizer's widths [4, 8]");
        }
    }

    private interface ChannelCheck {
        void check(int from, int count, float scale);
    }

    private static void forEachChannel(WeightQuantizer quantizer, int bits, ChannelCheck check) {
        for (Layer layer : LAYOUT.layers()) {
            float[] scales = quantizer.scales(layer, bits);
            for (int c = 0; c < layer.channels(); c++) {
                check.check((int) layer.offset() + c * layer.channelSize(), layer.channelSize(), scales[c]);
            }
        }
    }

    private double squaredError(int from, int count, float scale, int bits) {
        double error = 0;
        for (int i = from; i < from + count; i++) {
            double q = Math.clamp(Math.rint(values[i] / scale), -(1 << (bits - 1)), (1 << (bits - 1)) - 1);
            error += Math.pow(q * scale - values[i], 2);
        }
        return error;
    }

    private WeightQuantizer quantizer(BitWidths widths) {
        try (DeviceVector weights = vector(values)) {
            return new WeightQuantizer(backend, LAYOUT, weights, widths);
        }
    }

    private DeviceVector vector(float[] from) {
        DeviceVector vector = backend.allocate(from.length);
        backend.write(from, vector);
        return vector;
    }

    private static float[] slice(float[] all, int layer) {
        Layer of = LAYOUT.layer(layer);
        return Arrays.copyOfRange(all, (int) of.offset(), (int) (of.offset() + of.size()));
    }

    private static float[] gaussian(long seed) {
        Random random = new Random(seed);
        float[] values = new float[(int) LAYOUT.size()];
        for (int i = 0; i < values.length; i++) {
            values[i] = (float) random.nextGaussian();
        }
        return values;
    }
}
