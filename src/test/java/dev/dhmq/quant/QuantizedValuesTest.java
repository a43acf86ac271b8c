package dev.dhmq.quant;

import static dev.dhmq.tensor.QuantizationParameters.symmetric;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

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

/** What Q must keep: its own values, constants, layers it skips; and the best of the whole grid of scales. */
class QuantizedValuesTest {
    private static final long SEED = 20211205;
    private static final BitWidths ALL = BitWidths.of(2, 3, 4, 5, 6, 7, 8);
    private static final ParameterLayout LAYOUT = ParameterLayout.of(List.of(
            new ParameterLayout.Shape("stem", 4, 27),
            new ParameterLayout.Shape("middle", 3, 40),
            new ParameterLayout.Shape("head", 2, 9)));

    private final CountingBackend backend = new CountingBackend();

    @AfterEach
    void everyVectorIsClosed() {
        assertThat(backend.open()).isZero();
    }

    @Test
    void quantizedWeightsAreTheirOwnQuantization() {
        int[] bits = {2, 5, 8};
        try (DeviceVector w = vector(gaussian(SEED));
                WeightQuantizer quantizer = new WeightQuantizer(backend, LAYOUT, w, ALL);
                DeviceVector once = backend.allocate(LAYOUT.size());
                DeviceVector twice = backend.allocate(LAYOUT.size());
                DeviceVector scales = backend.allocate(LAYOUT.channels())) {
            quantizer.quantize(bits, once);
            float[] all = new float[LAYOUT.channels()];
            for (int l = 0; l < bits.length; l++) {
                Layer layer = LAYOUT.layer(l);
                System.arraycopy(quantizer.scales(layer, bits[l]), 0, all, layer.firstChannel(), layer.channels());
            }
            backend.write(all, scales);
            backend.fakeQuantize(LAYOUT, bits, once, symmetric(scales), twice);
            assertThat(backend.read(twice)).as("seed %d", SEED).containsExactly(backend.read(once));
        }
    }

    @Test
    void whatTheOutputHeldBeforeDoesNotMatterButWhereLayersAreSkipped() {
        float[] before = gaussian(SEED + 1);
        try (DeviceVector w = vector(gaussian(SEED));
                WeightQuantizer quantizer = new WeightQuantizer(backend, LAYOUT, w, ALL);
                DeviceVector dirty = vector(before);
                DeviceVector clean = backend.allocate(LAYOUT.size())) {
            quantizer.quantize(new int[] {Backend.SKIP, 3, Backend.SKIP}, dirty);
            quantizer.quantize(new int[] {3, 3, 3}, clean);
            assertThat(slice(backend.read(dirty), 0)).containsExactly(slice(before, 0));
            assertThat(slice(backend.read(dirty), 1)).containsExactly(slice(backend.read(clean), 1));
            assertThat(slice(backend.read(dirty), 2)).containsExactly(slice(before, 2));
        }
    }

    @ParameterizedTest
    @ValueSource(floats = {0.75f, -0.75f, 1e-20f, -1e20f})
    void aConstantLayerIsMetWithinTheGridsStep(float constant) {
        float[] weights = gaussian(SEED);
        Layer middle = LAYOUT.layer(1);
        Arrays.fill(weights, (int) middle.offset(), (int) (middle.offset() + middle.size()), constant);
        try (DeviceVector w = vector(weights);
                WeightQuantizer quantizer = new WeightQuantizer(backend, LAYOUT, w, ALL);
                DeviceVector out = backend.allocate(LAYOUT.size())) {
            // The grid ends at 1.2, and a positive constant needs a ratio of 2 at 2 bits and of 4/3 at 3.
            for (int width : constant < 0 ? new int[] {2, 3, 4, 5, 6, 7, 8} : new int[] {4, 5, 6, 7, 8}) {
                quantizer.quantize(new int[] {width, width, width}, out);
                for (float value : slice(backend.read(out), 1)) {
                    // Ratios 0.025 apart put a step within half of that, relatively, of the constant.
                    assertThat(value / constant).as("%d bits", width).isCloseTo(1, within(0.02f));
                }
            }
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {2, 3, 4, 5, 6, 7, 8})
    void noRatioOfTheGridHasALowerSquaredError(int bits) {
        float[] weights = gaussian(SEED + 2);
        try (DeviceVector w = vector(weights);
                WeightQuantizer quantizer = new WeightQuantizer(backend, LAYOUT, w, BitWidths.of(bits))) {
            for (Layer layer : LAYOUT.layers()) {
                float[] scales = quantizer.scales(layer, bits);
                for (int c = 0; c < layer.channels(); c++) {
                    int from = (int) layer.offset() + c * layer.channelSize();
                    float[] channel = Arrays.copyOfRange(weights, from, from + layer.channelSize());
                    double found = squaredError(channel, scales[c], bits);
                    for (int k = 0; k <= 36; k++) {
                        double other = largest(channel) / (1 << (bits - 1)) * (1.2 - 0.025 * k);
                        // This grid is made in double; the quantizer's scales are some float roundings away.
                        assertThat(found)
                                .as("seed %d, %s, channel %d, ratio %d", SEED + 2, layer.name(), c, k)
                                .isLessThanOrEqualTo(squaredError(channel, other, bits) * (1 + 1e-4));
                    }
                }
            }
        }
    }

    private static double largest(float[] channel) {
        double largest = 0;
        for (float value : channel) {
            largest = Math.max(largest, Math.abs(value));
        }
        return largest;
    }

    private static double squaredError(float[] channel, double scale, int bits) {
        double sum = 0;
        for (float w : channel) {
            double steps = Math.clamp(Math.rint(w / scale), -(1 << (bits - 1)), (1 << (bits - 1)) - 1);
            sum += (w - scale * steps) * (w - scale * steps);
        }
        return sum;
    }

    private DeviceVector vector(float[] values) {
        DeviceVector vector = backend.allocate(values.length);
        backend.write(values, vector);
        return vector;
    }

    private static float[] slice(float[] values, int l) {
        Layer layer = LAYOUT.layer(l);
        return Arrays.copyOfRange(values, (int) layer.offset(), (int) (layer.offset() + layer.size()));
    }

    private static float[] gaussian(long seed) {
        Random random = new Random(seed);
        float[] values = new float[Math.toIntExact(LAYOUT.size())];
        for (int i = 0; i < values.length; i++) {
            values[i] = (float) random.nextGaussian();
        }
        return values;
    }
}
