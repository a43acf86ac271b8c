package dev.dhmq.tensor;

import static dev.dhmq.tensor.QuantizationParameters.affine;
import static dev.dhmq.tensor.QuantizationParameters.symmetric;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import dev.dhmq.InvalidInputException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Affine quantization, gradients through the quantizer, and packing: what every backend must compute. */
abstract class AbstractIntegerKernelsTest {
    private static final ParameterLayout TWO_LAYERS = ParameterLayout.of(
            List.of(new ParameterLayout.Shape("first", 2, 3), new ParameterLayout.Shape("second", 1, 2)));

    private final Backend reference = new ReferenceBackend();
    private final List<DeviceVector> open = new ArrayList<>();
    private Backend backend = reference;

    abstract Backend create();

    @BeforeEach
    void open() {
        backend = create();
    }

    @AfterEach
    void close() {
        open.forEach(DeviceVector::close);
        backend.close();
    }

    private DeviceVector vector(float... values) {
        DeviceVector vector = backend.allocate(values.length);
        open.add(vector);
        backend.write(values, vector);
        return vector;
    }

    private DeviceVector onHost(float... values) {
        DeviceVector vector = reference.allocate(values.length);
        open.add(vector);
        reference.write(values, vector);
        return vector;
    }

    @Test
    void affineQuantizationByHand() {
        DeviceVector weights = vector(0.4f, 0.6f, 9f, -1f, -0.2f, -9f, 1f, 2f);
        DeviceVector out = vector(new float[8]);
        QuantizationParameters parameters = affine(vector(1f, 0.5f, 0.5f), vector(0, 2, 3));
        // 2 bits: integers 0 to 3, less the zero points 0, 2 and 3.
        backend.fakeQuantize(TWO_LAYERS, new int[] {2, 2}, weights, parameters, out);
        assertThat(backend.read(out)).containsExactly(0f, 1f, 3f, -1f, 0f, -1f, 0f, 0f);
    }

    @Test
    void affineScaleSearchByHand() {
        DeviceVector scales = vector(0, 0, 0);
        DeviceVector zeroPoints = vector(9, 9, 9);
        DeviceVector weights = vector(-1, 0, 2, 3, 3, 3, 5, Float.NaN);
        backend.searchScales(TWO_LAYERS, new int[] {2, 4}, weights, new float[] {1}, affine(scales, zeroPoints));
        // -1 to 2 in three steps of 1; 0 to 3 likewise, for the range always holds 0.
        assertThat(backend.read(scales)).containsExactly(1f, 1f, Float.NaN);
        assertThat(backend.read(zeroPoints)).containsExactly(1f, 0f, 0f);
    }

    @Test
    void gradientsByHand() {
        DeviceVector weights = vector(0.25f, 1f, -9f, 0f, 0f, 0f, 1f, 1f);
        DeviceVector gradients = vector(1, 2, 3, 4, 5, 6, 7, 8);
        DeviceVector weightGradients = vector(9, 9, 9, 9, 9, 9, 9, 9);
        DeviceVector scaleGradients = vector(9, 9, 9);
        backend.fakeQuantizeBackward(
                TWO_LAYERS,
                new int[] {3, Backend.SKIP},
                weights,
                symmetric(vector(1, 0, 1)),
                gradients,
                weightGradients,
                scaleGradients);
        // 0.25 rounds to 0, a slope of -0.25; 1 is exact; -9 is clipped to -4, which passes nothing on.
        assertThat(backend.read(weightGradients)).containsExactly(1, 2, 0, 4, 5, 6, 9, 9);
        assertThat(backend.read(scaleGradients)).containsExactly(-0.25f - 12, 0, 9);
    }

    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void gradientsAgreeWithTheReference(boolean affine) {
        ParameterLayout layout = Inputs.oddLayout();
        int[] bits = Inputs.mixedBits(layout);
        float[] weights = Inputs.normal(layout.size(), 1);
        float[] scales = Inputs.scales(layout, 2);
        float[] zeroPoints = zeroPoints(layout, bits);
        float[] upstream = Inputs.normal(layout.size(), 3);
        DeviceVector out = vector(upstream);
        DeviceVector scaleGradients = vector(new float[layout.channels()]);
        backend.fakeQuantizeBackward(
                layout,
                bits,
                vector(weights),
                affine ? affine(vector(scales), vector(zeroPoints)) : symmetric(vector(scales)),
                out, // in place
                out,
                scaleGradients);
        DeviceVector wanted = onHost(upstream);
        DeviceVector wantedScales = onHost(new float[layout.channels()]);
        reference.fakeQuantizeBackward(
                layout,
                bits,
                onHost(weights),
                affine ? affine(onHost(scales), onHost(zeroPoints)) : symmetric(onHost(scales)),
                wanted,
                wanted,
                wantedScales);
        assertThat(backend.read(out)).isEqualTo(reference.read(wanted));
        float[] found = backend.read(scaleGradients);
        float[] expected = reference.read(wantedScales);
        for (int c = 0; c < found.length; c++) {
            // Double sums in another order, rounded once to float; terms are below 1,000, channels below 30,000.
            assertThat(found[c])
                    .as("channel %d", c)
                    .isCloseTo(expected[c], within(Math.abs(expected[c]) * 0x1p-22f + 1e-6f));
        }
    }

    private static float[] zeroPoints(ParameterLayout layout, int[] bits) {
        float[] zeroPoints = new float[layout.channels()];
        Random random = new Random(4);
        for (int l = 0; l < bits.length; l++) {
            Layer layer = layout.layer(l);
            for (int c = 0; c < layer.channels(); c++) {
                zeroPoints[layer.firstChannel() + c] = random.nextInt(1 << Math.max(2, bits[l]));
            }
        }
        return zeroPoints;
    }

    @Test
    void packingByHand() {
        PackedLayout packing = PackedLayout.of(TWO_LAYERS, new int[] {3, 4});
        assertThat(packing.bytes()).isEqualTo(3 + 1); // 18 bits, 8 bits
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment packed = arena.allocate(packing.bytes());
            QuantizationParameters ones = symmetric(vector(1, 1, 1));
            backend.pack(packing, vector(1, -1, 3, -4, 0, 2, -8, 7), ones, packed);
            // 001, 111, 011, 100, 000, 010 from the lowest bit up; 1000, 0111.
            assertThat(packed.toArray(ValueLayout.JAVA_BYTE))
                    .containsExactly(0b11_111_001, 0b0_000_100_0, 0b01, 0b0111_1000);
            DeviceVector out = vector(new float[8]);
            backend.unpack(packing, packed, ones, out);
            assertThat(backend.read(out)).containsExactly(1, -1, 3, -4, 0, 2, -8, 7);
        }
    }

    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void packedWeightsComeBackAsTheFakeQuantizedOnes(boolean affine) {
        ParameterLayout layout = Inputs.oddLayout();
        int[] bits = Inputs.mixedBits(layout);
        float[] weights = Inputs.normal(layout.size(), 5);
        float[] scales = Inputs.scales(layout, 6);
        float[] zeroPoints = zeroPoints(layout, bits);
        PackedLayout packing = PackedLayout.of(layout, bits);
        QuantizationParameters parameters =
                affine ? affine(vector(scales), vector(zeroPoints)) : symmetric(vector(scales));
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment packed = arena.allocate(packing.bytes());
            MemorySegment wanted = arena.allocate(packing.bytes());
            backend.pack(packing, vector(weights), parameters, packed);
            reference.pack(
                    packing,
                    onHost(weights),
                    affine ? affine(onHost(scales), onHost(zeroPoints)) : symmetric(onHost(scales)),
                    wanted);
            assertThat(packed.mismatch(wanted)).isEqualTo(-1);
            DeviceVector unpacked = vector(weights);
            DeviceVector quantized = vector(weights);
            backend.unpack(packing, packed, parameters, unpacked);
            backend.fakeQuantize(layout, bits, vector(weights), parameters, quantized);
            float[] found = backend.read(unpacked);
            float[] expected = backend.read(quantized);
            for (int i = 0; i < found.length; i++) {
                assertThat(Float.floatToRawIntBits(found[i]))
                        .as("weight %d", i)
                        .isEqualTo(Float.floatToRawIntBits(expected[i]));
            }
        }
    }

    @Test
    void whatCannotBeIsRefused() {
        int[] bits = {2, 2};
        DeviceVector eight = vector(1, 1, 1, 1, 1, 1, 1, 1);
        DeviceVector three = vector(1, 1, 1);
        PackedLayout packing = PackedLayout.of(TWO_LAYERS, bits);
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment packed = arena.allocate(packing.bytes());
            MemorySegment tooFew = arena.allocate(packing.bytes() - 1);
            refused(() -> backend.fakeQuantize(TWO_LAYERS, bits, eight, affine(three, eight), eight));
            refused(() -> backend.fakeQuantizeBackward(TWO_LAYERS, bits, eight, symmetric(three), three, eight, null));
            refused(() -> backend.fakeQuantizeBackward(TWO_LAYERS, bits, eight, symmetric(three), eight, three, null));
            refused(() -> backend.fakeQuantizeBackward(TWO_LAYERS, bits, eight, symmetric(three), eight, eight, eight));
            refused(() -> backend.pack(packing, eight, symmetric(three), tooFew));
            refused(() -> backend.unpack(packing, tooFew, symmetric(three), eight));
            refused(() -> backend.unpack(packing, packed, symmetric(three), three));
            refused(() -> PackedLayout.of(TWO_LAYERS, new int[] {2, 9}));
            DeviceVector nan = vector(1, 1, 1, 1, 1, 1, 1, Float.NaN);
            assertThatThrownBy(() -> backend.pack(packing, nan, symmetric(three), packed))
                    .isInstanceOf(InvalidInputException.class)
                    .hasMessageContaining("NaN");
        }
    }

    private static void refused(org.assertj.core.api.ThrowableAssert.ThrowingCallable call) {
        assertThatThrownBy(call).isInstanceOf(IllegalArgumentException.class);
    }
}
