package dev.dhmq.tensor;

import static dev.dhmq.tensor.QuantizationParameters.symmetric;
import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Scales and fake quantization: values worked out by hand, and the plain-Java reference's on seeded inputs. */
interface QuantizationContract extends BackendFixture {
    @Test
    default void fakeQuantizeRoundsHalfToEvenAndClamps() {
        DeviceVector weights = vector(0.5f, 1.5f, -2.5f, 9f, -9f, 0.3f, 4f, -6f);
        DeviceVector scales = vector(1f, 0.5f, 2f);
        DeviceVector out = zeros(8);
        // First layer, 3 bits: whole numbers from -4 to 3; second, 2 bits: -2 to 1, times 2.
        backend().fakeQuantize(TWO_LAYERS, new int[] {3, 2}, weights, symmetric(scales), out);
        assertThat(backend().read(out)).containsExactly(0f, 2f, -2f, 1.5f, -2f, 0.5f, 2f, -4f);
    }

    @Test
    default void fakeQuantizeLeavesSkippedLayersAloneAndWorksInPlace() {
        DeviceVector weights = vector(0.4f, 0.6f, 2f, 0.4f, 0.6f, 2f, 0.4f, 0.6f);
        backend().fakeQuantize(TWO_LAYERS, new int[] {Backend.SKIP, 8}, weights, symmetric(vector(1, 1, 1)), weights);
        assertThat(backend().read(weights)).containsExactly(0.4f, 0.6f, 2f, 0.4f, 0.6f, 2f, 0f, 1f);
    }

    @Test
    default void aChannelOfScaleZeroQuantizesToZero() {
        DeviceVector out = vector(7, 7, 7, 7, 7, 7, 7, 7);
        backend()
                .fakeQuantize(
                        TWO_LAYERS,
                        new int[] {4, 4},
                        vector(0, -0f, 0, 1, 2, 3, 1, 1),
                        symmetric(vector(0, 1, 1)),
                        out);
        assertThat(backend().read(out)).containsExactly(0, 0, 0, 1, 2, 3, 1, 1);
    }

    @Test
    default void searchScalesFindsTheScaleThatRepresentsAllWeights() {
        // At ratio 1/2 the scale is 0.25 and all weights of the first channel are multiples of it within -2 to 1.
        DeviceVector weights = vector(-0.5f, 0.25f, 0f, 0f, 0f, 0f, 8f, 1f);
        DeviceVector scales = vector(-1, -1, -1);
        backend()
                .searchScales(
                        TWO_LAYERS,
                        new int[] {2, Backend.SKIP},
                        weights,
                        new float[] {2f, 1f, 0.5f},
                        symmetric(scales));
        // The largest magnitude is 0.5: ratio 1 gives 0.5 / 2 = 0.25.
        assertThat(backend().read(scales)).containsExactly(0.25f, 0f, -1f);
    }

    @Test
    default void searchScalesKeepsTheFirstOfEquallyGoodRatios() {
        DeviceVector scales = vector(0, 0, 0);
        DeviceVector weights = vector(1, 1, 1, 1, 1, 1, 1, 1);
        backend().searchScales(TWO_LAYERS, new int[] {2, 2}, weights, new float[] {2f, 2f, 1f}, symmetric(scales));
        assertThat(backend().read(scales)).containsExactly(1f, 1f, 1f);
    }

    @Test
    default void searchScalesGivesNanForAChannelThatIsNotFinite() {
        DeviceVector scales = vector(0, 0, 0);
        float nan = Float.NaN;
        DeviceVector weights = vector(1, nan, 1, 1, 1, Float.NEGATIVE_INFINITY, 1, 1);
        backend().searchScales(TWO_LAYERS, new int[] {4, 4}, weights, new float[] {1}, symmetric(scales));
        assertThat(backend().read(scales)).containsExactly(nan, nan, 0.125f);
    }

    @ParameterizedTest
    @ValueSource(longs = {1, 2, 3})
    default void quantizationAgreesWithTheReference(long seed) {
        ParameterLayout layout = Inputs.oddLayout();
        int[] bits = Inputs.mixedBits(layout);
        DeviceVector weights = normal(layout.size(), seed);
        DeviceVector scales = vector(Inputs.scales(layout, seed + 10));
        DeviceVector out = normal(layout.size(), seed + 20);
        DeviceVector wanted = onHost(out);
        backend().fakeQuantize(layout, bits, weights, symmetric(scales), out);
        reference().fakeQuantize(layout, bits, onHost(weights), symmetric(onHost(scales)), wanted);
        assertThat(backend().read(out))
                .as("seed %d", seed)
                .isEqualTo(reference().read(wanted));
    }

    /** Errors are added in another order, so two ratios may be level but for rounding; with these seeds none are. */
    @ParameterizedTest
    @ValueSource(longs = {4, 5, 6})
    default void scaleSearchAgreesWithTheReference(long seed) {
        ParameterLayout layout = Inputs.oddLayout();
        int[] bits = Inputs.mixedBits(layout);
        DeviceVector weights = normal(layout.size(), seed);
        DeviceVector scales = normal(layout.channels(), seed + 1);
        DeviceVector wanted = onHost(scales);
        float[] ratios = {1.1f, 1f, 0.95f, 0.9f, 0.8f, 0.7f, 0.6f, 0.5f, 0.4f};
        backend().searchScales(layout, bits, weights, ratios, symmetric(scales));
        reference().searchScales(layout, bits, onHost(weights), ratios, symmetric(wanted));
        assertThat(backend().read(scales))
                .as("seed %d", seed)
                .isEqualTo(reference().read(wanted));
    }

    @ParameterizedTest
    @ValueSource(ints = {2, 3, 4, 5, 6, 7, 8})
    default void extremesQuantizeAsTheReference(int bits) {
        float[] values = Inputs.EXTREMES;
        ParameterLayout layout =
                ParameterLayout.of(List.of(new ParameterLayout.Shape("extremes", values.length, values.length)));
        float[] weights = new float[values.length * values.length];
        for (int i = 0; i < weights.length; i++) {
            weights[i] = values[i % values.length];
        }
        DeviceVector w = vector(weights);
        DeviceVector scales = vector(values);
        DeviceVector out = zeros(weights.length);
        DeviceVector wanted = onHost(out);
        backend().fakeQuantize(layout, new int[] {bits}, w, symmetric(scales), out);
        reference().fakeQuantize(layout, new int[] {bits}, onHost(w), symmetric(onHost(scales)), wanted);
        float[] found = backend().read(out);
        float[] expected = reference().read(wanted);
        for (int i = 0; i < found.length; i++) {
            // compare() tells -0 from 0 and takes every NaN for the same.
            assertThat(Float.compare(found[i], expected[i]))
                    .as("weight %s, scale %s: %s", weights[i], values[i / values.length], found[i])
                    .isZero();
        }
    }
}
