package dev.dhmq.tensor;

import static dev.dhmq.tensor.QuantizationParameters.symmetric;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * What every backend must compute: values worked out by hand, the plain-Java reference's on seeded inputs, and the same
 * refusals.
 */
abstract class AbstractBackendTest {
    private static final ParameterLayout TWO_LAYERS = ParameterLayout.of(
            List.of(new ParameterLayout.Shape("first", 2, 3), new ParameterLayout.Shape("second", 1, 2)));
    private static final float[] RATIOS = {1.1f, 1f, 0.95f, 0.9f, 0.8f, 0.7f, 0.6f, 0.5f, 0.4f};

    private final Backend reference = new ReferenceBackend();
    private final List<DeviceVector> open = new ArrayList<>();
    private GuardedMemory guarded = new GuardedMemory();
    private Backend backend = reference;

    abstract Backend create();

    @BeforeEach
    void open() {
        guarded = new GuardedMemory();
        backend = create();
    }

    @AfterEach
    void close() {
        open.forEach(DeviceVector::close);
        backend.close();
        guarded.close();
    }

    /** Values in this backend's memory, where it can be on the host flush against a page that must not be touched. */
    private DeviceVector vector(float... values) {
        DeviceVector vector = place(backend, guarded, values);
        open.add(vector);
        return vector;
    }

    DeviceVector place(Backend tested, GuardedMemory memory, float... values) {
        return tested.wrap(memory.of(values));
    }

    /** The vector's values as they are now, for the reference. */
    private DeviceVector onHost(DeviceVector vector) {
        DeviceVector copy = reference.allocate(vector.length());
        open.add(copy);
        reference.write(backend.read(vector), copy);
        return copy;
    }

    private List<DeviceVector> onHost(List<DeviceVector> vectors) {
        return vectors.stream().map(this::onHost).toList();
    }

    private DeviceVector zeros(long length) {
        DeviceVector vector = backend.allocate(length);
        open.add(vector);
        return vector;
    }

    private DeviceVector normal(long length, long seed) {
        return vector(Inputs.normal(length, seed));
    }

    @Test
    void newVectorsAreZeroAndCarryWhatIsWritten() {
        DeviceVector vector = zeros(3);
        assertThat(backend.read(vector)).containsExactly(0, 0, 0);
        backend.write(new float[] {1, 2, 3}, vector);
        DeviceVector copy = zeros(3);
        backend.copy(vector, copy);
        assertThat(backend.read(copy)).containsExactly(1, 2, 3);
        assertThat(zeros(0).length()).isZero();
    }

    @Test
    void fakeQuantizeRoundsHalfToEvenAndClamps() {
        DeviceVector weights = vector(0.5f, 1.5f, -2.5f, 9f, -9f, 0.3f, 4f, -6f);
        DeviceVector scales = vector(1f, 0.5f, 2f);
        DeviceVector out = zeros(8);
        // First layer, 3 bits: whole numbers from -4 to 3; second, 2 bits: -2 to 1, times 2.
        backend.fakeQuantize(TWO_LAYERS, new int[] {3, 2}, weights, symmetric(scales), out);
        assertThat(backend.read(out)).containsExactly(0f, 2f, -2f, 1.5f, -2f, 0.5f, 2f, -4f);
    }

    @Test
    void fakeQuantizeLeavesSkippedLayersAloneAndWorksInPlace() {
        DeviceVector weights = vector(0.4f, 0.6f, 2f, 0.4f, 0.6f, 2f, 0.4f, 0.6f);
        backend.fakeQuantize(TWO_LAYERS, new int[] {Backend.SKIP, 8}, weights, symmetric(vector(1, 1, 1)), weights);
        assertThat(backend.read(weights)).containsExactly(0.4f, 0.6f, 2f, 0.4f, 0.6f, 2f, 0f, 1f);
    }

    @Test
    void aChannelOfScaleZeroQuantizesToZero() {
        DeviceVector out = vector(7, 7, 7, 7, 7, 7, 7, 7);
        backend.fakeQuantize(
                TWO_LAYERS, new int[] {4, 4}, vector(0, -0f, 0, 1, 2, 3, 1, 1), symmetric(vector(0, 1, 1)), out);
        assertThat(backend.read(out)).containsExactly(0, 0, 0, 1, 2, 3, 1, 1);
    }

    @Test
    void searchScalesFindsTheScaleThatRepresentsAllWeights() {
        // At ratio 1/2 the scale is 0.25 and all weights of the first channel are multiples of it within -2 to 1.
        DeviceVector weights = vector(-0.5f, 0.25f, 0f, 0f, 0f, 0f, 8f, 1f);
        DeviceVector scales = vector(-1, -1, -1);
        backend.searchScales(
                TWO_LAYERS, new int[] {2, Backend.SKIP}, weights, new float[] {2f, 1f, 0.5f}, symmetric(scales));
        // The largest magnitude is 0.5: ratio 1 gives 0.5 / 2 = 0.25.
        assertThat(backend.read(scales)).containsExactly(0.25f, 0f, -1f);
    }

    @Test
    void searchScalesKeepsTheFirstOfEquallyGoodRatios() {
        DeviceVector scales = vector(0, 0, 0);
        DeviceVector weights = vector(1, 1, 1, 1, 1, 1, 1, 1);
        backend.searchScales(TWO_LAYERS, new int[] {2, 2}, weights, new float[] {2f, 2f, 1f}, symmetric(scales));
        assertThat(backend.read(scales)).containsExactly(1f, 1f, 1f);
    }

    @Test
    void searchScalesGivesNanForAChannelThatIsNotFinite() {
        DeviceVector scales = vector(0, 0, 0);
        float nan = Float.NaN;
        DeviceVector weights = vector(1, nan, 1, 1, 1, Float.NEGATIVE_INFINITY, 1, 1);
        backend.searchScales(TWO_LAYERS, new int[] {4, 4}, weights, new float[] {1}, symmetric(scales));
        assertThat(backend.read(scales)).containsExactly(nan, nan, 0.125f);
    }

    @Test
    void perturbationProductsByHand() {
        DeviceVector weights = vector(1f, 2f, 3f, 0.6f, 0f, 0f, 5f, 5f);
        DeviceVector current = vector(0.5f, 2f, 3f, 0f, 0f, 2f, 1f, 1f);
        DeviceVector ones = vector(1, 1, 1, 1, 1, 1, 1, 1);
        DeviceVector ramp = vector(1, 2, 3, 4, 5, 6, 7, 8);
        double[] out = {9, 9, 9, 9, 9, 9};
        // D of the first layer is (0.5, 0, 0, 1, 0, -2); the second is skipped.
        backend.perturbationProducts(
                TWO_LAYERS,
                new int[] {8, Backend.SKIP},
                weights,
                symmetric(vector(1, 1, 1)),
                current,
                List.of(ones, ramp),
                out);
        assertThat(out).containsExactly(5.25, -0.5, 0.5 + 4 - 12, 0, 0, 0);
    }

    @Test
    void segmentedDotByHand() {
        double[] out = new double[2];
        backend.segmentedDot(TWO_LAYERS, vector(1, 2, 3, 4, 5, 6, 7, 8), vector(1, -1, 1, -1, 1, -1, 10, 100), out);
        assertThat(out).containsExactly(-3, 870);
    }

    @Test
    void axpyByHand() {
        DeviceVector y = vector(1, 1, 1);
        backend.axpy(-2, vector(1, 2, 3), y);
        assertThat(backend.read(y)).containsExactly(-1, -3, -5);
    }

    @Test
    void scaleLayersByHand() {
        DeviceVector x = vector(1, 2, 3, 4, 5, 6, 7, 8);
        backend.scaleLayers(TWO_LAYERS, new double[] {0.5, -10}, x);
        assertThat(backend.read(x)).containsExactly(0.5f, 1, 1.5f, 2, 2.5f, 3, -70, -80);
    }

    @Test
    void rademacherSignsAreTheBitsOfPhilox() {
        // Counter 0 and key 0 of the published known answers, word by word.
        int[] words = {0x6627e8d5, 0xe169c58d, 0xbc57ac4c, 0x9b00dbd8};
        DeviceVector out = zeros(128);
        backend.fillRademacher(0, 0, out);
        float[] signs = backend.read(out);
        for (int i = 0; i < 128; i++) {
            float wanted = (words[i / 32] >>> (i % 32) & 1) == 1 ? -1 : 1;
            assertThat(signs[i]).as("element %d", i).isEqualTo(wanted);
        }
    }

    @ParameterizedTest
    @ValueSource(longs = {0, 1, -1, 0x123456789abcdef0L, Long.MIN_VALUE})
    void rademacherSignsAreTheReferences(long seed) {
        for (int length : new int[] {1, 127, 129, 16385, 70001}) {
            DeviceVector out = vector(new float[length]);
            backend.fillRademacher(seed, ~seed, out);
            try (DeviceVector wanted = reference.allocate(length)) {
                reference.fillRademacher(seed, ~seed, wanted);
                assertThat(backend.read(out)).as("%d signs", length).isEqualTo(reference.read(wanted));
            }
        }
    }

    @ParameterizedTest
    @ValueSource(longs = {1, 2, 3})
    void quantizationAgreesWithTheReference(long seed) {
        ParameterLayout layout = Inputs.oddLayout();
        int[] bits = Inputs.mixedBits(layout);
        DeviceVector weights = normal(layout.size(), seed);
        DeviceVector scales = vector(Inputs.scales(layout, seed + 10));
        DeviceVector out = normal(layout.size(), seed + 20);
        DeviceVector wanted = onHost(out);
        backend.fakeQuantize(layout, bits, weights, symmetric(scales), out);
        reference.fakeQuantize(layout, bits, onHost(weights), symmetric(onHost(scales)), wanted);
        assertThat(backend.read(out)).as("seed %d", seed).isEqualTo(reference.read(wanted));
    }

    /** Errors are added in another order, so two ratios may be level but for rounding; with these seeds none are. */
    @ParameterizedTest
    @ValueSource(longs = {4, 5, 6})
    void scaleSearchAgreesWithTheReference(long seed) {
        ParameterLayout layout = Inputs.oddLayout();
        int[] bits = Inputs.mixedBits(layout);
        DeviceVector weights = normal(layout.size(), seed);
        DeviceVector scales = normal(layout.channels(), seed + 1);
        DeviceVector wanted = onHost(scales);
        backend.searchScales(layout, bits, weights, RATIOS, symmetric(scales));
        reference.searchScales(layout, bits, onHost(weights), RATIOS, symmetric(wanted));
        assertThat(backend.read(scales)).as("seed %d", seed).isEqualTo(reference.read(wanted));
    }

    @ParameterizedTest
    @ValueSource(ints = {0, 1, 5, 64, 65, 130})
    void perturbationProductsAgreeWithTheReference(int count) {
        ParameterLayout layout = Inputs.oddLayout();
        int[] bits = Inputs.mixedBits(layout);
        DeviceVector weights = normal(layout.size(), 7);
        DeviceVector current = normal(layout.size(), 8);
        DeviceVector scales = vector(Inputs.scales(layout, 9));
        List<DeviceVector> few = List.of(normal(layout.size(), 10), normal(layout.size(), 11), weights);
        List<DeviceVector> vectors = new ArrayList<>();
        for (int k = 0; k < count; k++) {
            vectors.add(few.get(k % few.size()));
        }
        int each = 1 + count;
        double[] out = new double[each * layout.layers().size()];
        double[] wanted = new double[out.length];
        backend.perturbationProducts(layout, bits, weights, symmetric(scales), current, vectors, out);
        reference.perturbationProducts(
                layout, bits, onHost(weights), symmetric(onHost(scales)), onHost(current), onHost(vectors), wanted);
        for (int i = 0; i < out.length; i++) {
            Layer layer = layout.layer(i / each);
            assertThat(out[i]).as("%s, product %d", layer.name(), i % each).isCloseTo(wanted[i], sumTolerance(layer));
        }
    }

    @ParameterizedTest
    @ValueSource(longs = {12, 13})
    void segmentedDotAgreesWithTheReference(long seed) {
        ParameterLayout layout = Inputs.oddLayout();
        DeviceVector a = normal(layout.size(), seed);
        DeviceVector b = normal(layout.size(), seed + 100);
        double[] out = new double[layout.layers().size()];
        double[] wanted = new double[out.length];
        backend.segmentedDot(layout, a, b, out);
        reference.segmentedDot(layout, onHost(a), onHost(b), wanted);
        for (int l = 0; l < out.length; l++) {
            assertThat(out[l])
                    .as("%s, seed %d", layout.layer(l).name(), seed)
                    .isCloseTo(wanted[l], sumTolerance(layout.layer(l)));
        }
    }

    /**
     * Two orders of adding n doubles differ by at most n roundings of 2^-53 of the sum of magnitudes, which for products of
     * normal numbers and perturbations of order one is below 4 n.
     */
    private static org.assertj.core.data.Offset<Double> sumTolerance(Layer layer) {
        return within(4.0 * layer.size() * layer.size() * 0x1p-53);
    }

    @Test
    void axpyAndScalingAgreeWithTheReference() {
        ParameterLayout layout = Inputs.oddLayout();
        double[] factors = new double[layout.layers().size()];
        for (int l = 0; l < factors.length; l++) {
            factors[l] = 1.0 / (l + 3);
        }
        DeviceVector x = normal(layout.size(), 14);
        DeviceVector y = normal(layout.size(), 15);
        DeviceVector wanted = onHost(y);
        backend.axpy(0.3f, x, y);
        reference.axpy(0.3f, onHost(x), wanted);
        assertThat(backend.read(y)).isEqualTo(reference.read(wanted));
        backend.scaleLayers(layout, factors, y);
        reference.scaleLayers(layout, factors, wanted);
        assertThat(backend.read(y)).isEqualTo(reference.read(wanted));
    }

    @ParameterizedTest
    @ValueSource(ints = {0, 1, 2, 7})
    void twoLoopRecursionAgreesWithTheReference(int pairs) {
        ParameterLayout layout = Inputs.oddLayout();
        double[] inverse = new double[layout.layers().size()];
        for (int l = 0; l < inverse.length; l++) {
            inverse[l] = 0.3 + 0.05 * l;
        }
        List<DeviceVector> s = new ArrayList<>();
        List<DeviceVector> y = new ArrayList<>();
        for (int k = 0; k < pairs; k++) {
            s.add(normal(layout.size(), 20 + k));
            DeviceVector change = normal(layout.size(), 40 + k);
            backend.axpy(4, s.get(k), change); // so that s.y is positive
            y.add(change);
        }
        DeviceVector direction = normal(layout.size(), 60);
        DeviceVector wanted = onHost(direction);
        double[] products = products(layout, s, y);
        backend.twoLoopRecursion(layout, s, y, products, inverse, direction);
        reference.twoLoopRecursion(layout, onHost(s), onHost(y), products, inverse, wanted);
        float[] expected = reference.read(wanted);
        float[] found = backend.read(direction);
        for (int i = 0; i < expected.length; i++) {
            // Dots that differ in their last bits move a coefficient by one float rounding, 2m times, of values up to
            // ten.
            assertThat(found[i]).as("element %d", i).isCloseTo(expected[i], within((2 * pairs + 1) * 10 * 0x1p-23f));
        }
    }

    /** s_i.y_j at {@code [i * m + j]}, as the reference sums them. */
    private double[] products(ParameterLayout layout, List<DeviceVector> steps, List<DeviceVector> changes) {
        List<DeviceVector> s = onHost(steps);
        List<DeviceVector> y = onHost(changes);
        double[] products = new double[s.size() * y.size()];
        double[] byLayer = new double[layout.layers().size()];
        for (int i = 0; i < s.size(); i++) {
            for (int j = 0; j < y.size(); j++) {
                reference.compactProducts(layout, List.of(s.get(i)), y.get(j), byLayer);
                products[i * y.size() + j] = java.util.Arrays.stream(byLayer).sum();
            }
        }
        return products;
    }

    @Test
    void stepsStoredForTheirLayersAloneGiveWhatWholeOnesDo() {
        ParameterLayout layout = Inputs.oddLayout();
        int last = layout.layers().size() - 1;
        List<DeviceVector> whole = new ArrayList<>();
        List<LayerSlices> sliced = new ArrayList<>();
        List<DeviceVector> y = new ArrayList<>();
        for (int k = 0; k < 3; k++) {
            int[] layers = {k, last - k};
            float[] values = Inputs.normal(layout.size(), 90 + k);
            float[] kept = new float[values.length];
            for (int l : layers) {
                Layer layer = layout.layer(l);
                System.arraycopy(values, (int) layer.offset(), kept, (int) layer.offset(), (int) layer.size());
            }
            whole.add(vector(kept));
            sliced.add(LayerSlices.copyOf(backend, layout, vector(values), layers));
            DeviceVector change = normal(layout.size(), 95 + k);
            backend.axpy(4, whole.get(k), change);
            y.add(change);
        }
        double[] products = products(layout, whole, y);
        double[] inverse = new double[last + 1];
        java.util.Arrays.fill(inverse, 0.5);
        DeviceVector one = normal(layout.size(), 99);
        DeviceVector two = normal(layout.size(), 99);
        backend.twoLoopRecursion(layout, whole, y, products, inverse, one);
        backend.twoLoopRecursion(layout, sliced, y, products, inverse, two);
        // Adding 0 may turn a -0; nothing else differs.
        assertThat(backend.read(two))
                .usingElementComparator((a, b) -> a.equals(b) || a + b == 0 ? 0 : 1)
                .containsExactly(backend.read(one));
        double[] wholeProducts = new double[3 * (last + 1)];
        double[] slicedProducts = new double[3 * (last + 1)];
        backend.compactProducts(layout, whole, one, wholeProducts);
        backend.compactProducts(layout, sliced, one, slicedProducts);
        assertThat(slicedProducts).isEqualTo(wholeProducts);
        sliced.forEach(LayerSlices::close);
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 3, 65})
    void compactProductsAgreeWithTheReference(int count) {
        ParameterLayout layout = Inputs.oddLayout();
        List<DeviceVector> few = List.of(normal(layout.size(), 16), normal(layout.size(), 17));
        List<DeviceVector> vectors = new ArrayList<>();
        for (int k = 0; k < count; k++) {
            vectors.add(few.get(k % few.size()));
        }
        DeviceVector x = normal(layout.size(), 18);
        double[] out = new double[count * layout.layers().size()];
        double[] wanted = new double[out.length];
        backend.compactProducts(layout, vectors, x, out);
        reference.compactProducts(layout, onHost(vectors), onHost(x), wanted);
        for (int i = 0; i < out.length; i++) {
            assertThat(out[i]).isCloseTo(wanted[i], sumTolerance(layout.layer(i / count)));
        }
    }

    @Test
    void twoLoopRecursionMeetsTheSecantEquation() {
        ParameterLayout layout = Inputs.oddLayout();
        double[] inverse = new double[layout.layers().size()];
        java.util.Arrays.fill(inverse, 0.7);
        DeviceVector s = normal(layout.size(), 70);
        DeviceVector y = normal(layout.size(), 71);
        backend.axpy(5, s, y);
        DeviceVector direction = vector(backend.read(y));
        backend.twoLoopRecursion(
                layout, List.of(s), List.of(y), products(layout, List.of(s), List.of(y)), inverse, direction);
        float[] found = backend.read(direction);
        float[] wanted = backend.read(s);
        for (int i = 0; i < wanted.length; i++) {
            // H y = s whatever H0 is, but for four float roundings of values up to 25.
            assertThat(found[i]).as("element %d", i).isCloseTo(wanted[i], within(4 * 25 * 0x1p-24f));
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {2, 3, 4, 5, 6, 7, 8})
    void extremesQuantizeAsTheReference(int bits) {
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
        backend.fakeQuantize(layout, new int[] {bits}, w, symmetric(scales), out);
        reference.fakeQuantize(layout, new int[] {bits}, onHost(w), symmetric(onHost(scales)), wanted);
        float[] found = backend.read(out);
        float[] expected = reference.read(wanted);
        for (int i = 0; i < found.length; i++) {
            // compare() tells -0 from 0 and takes every NaN for the same.
            assertThat(Float.compare(found[i], expected[i]))
                    .as("weight %s, scale %s: %s", weights[i], values[i / values.length], found[i])
                    .isZero();
        }
    }

    @Test
    void sumsOfExtremesAreExactAndNanStaysInItsLayer() {
        float max = Float.MAX_VALUE;
        float least = Float.MIN_VALUE;
        DeviceVector x = vector(max, 0, 0, 0, 0, 0, least, 0);
        double[] out = new double[2];
        backend.segmentedDot(TWO_LAYERS, x, x, out);
        assertThat(out).containsExactly((double) max * max, (double) least * least);
        DeviceVector nan = vector(1, 1, 1, 1, 1, Float.NaN, 1, 1);
        backend.segmentedDot(TWO_LAYERS, nan, nan, out);
        assertThat(out).containsExactly(Double.NaN, 2);
        double[] products = new double[2];
        backend.perturbationProducts(
                TWO_LAYERS,
                new int[] {4, 4},
                nan,
                symmetric(vector(1, 1, 1)),
                vector(1, 1, 1, 1, 1, 1, 0, 0),
                List.of(),
                products);
        assertThat(products).containsExactly(Double.NaN, 2);
    }

    @Test
    void everyTailStaysInsideItsArray() {
        for (int n = 1; n <= 70; n++) {
            ParameterLayout layout = ParameterLayout.of(List.of(new ParameterLayout.Shape("layer", 1, n)));
            DeviceVector a = normal(n, n);
            DeviceVector out = vector(new float[n]);
            DeviceVector scale = vector(0);
            double[] products = new double[2];
            double[] dots = new double[1];
            int[] bits = {8};
            backend.searchScales(layout, bits, a, new float[] {1}, symmetric(scale));
            backend.fakeQuantize(layout, bits, a, symmetric(scale), out);
            backend.perturbationProducts(layout, bits, a, symmetric(scale), out, List.of(a), products);
            assertThat(products)
                    .as("%d weights against their own quantization", n)
                    .containsExactly(0, 0);
            backend.axpy(-1, out, a);
            backend.scaleLayers(layout, new double[] {2}, a);
            backend.segmentedDot(layout, a, a, dots);
            // |Q(w) - w| is at most half a step; the largest weight is clamped to 127 and may be a whole step off.
            double step = backend.read(scale)[0];
            assertThat(dots[0]).isLessThanOrEqualTo(4 * step * step * (1 + 0.25 * n));
            backend.fillRademacher(n, n, out);
            backend.twoLoopRecursion(layout, List.of(out), List.of(out), new double[] {n}, new double[] {1}, a);
        }
    }

    @Test
    void theSameCallGivesTheSameBits() {
        ParameterLayout layout = Inputs.oddLayout();
        DeviceVector a = normal(layout.size(), 80);
        DeviceVector b = normal(layout.size(), 81);
        double[] first = new double[layout.layers().size()];
        backend.segmentedDot(layout, a, b, first);
        for (int repeat = 0; repeat < 20; repeat++) {
            double[] again = new double[first.length];
            backend.segmentedDot(layout, a, b, again);
            assertThat(again).isEqualTo(first);
        }
    }

    @Test
    void wrongLengthsAreRefused() {
        DeviceVector eight = vector(1, 1, 1, 1, 1, 1, 1, 1);
        DeviceVector three = vector(1, 1, 1);
        int[] bits = {4, 4};
        double[] two = new double[2];
        List<DeviceVector> none = List.of();
        refused(() -> backend.copy(eight, three));
        refused(() -> backend.write(new float[2], three));
        refused(() -> backend.fakeQuantize(TWO_LAYERS, new int[] {4}, eight, symmetric(three), eight));
        refused(() -> backend.fakeQuantize(TWO_LAYERS, bits, three, symmetric(three), eight));
        refused(() -> backend.fakeQuantize(TWO_LAYERS, bits, eight, symmetric(eight), eight));
        refused(() -> backend.fakeQuantize(TWO_LAYERS, bits, eight, symmetric(three), three));
        refused(() -> backend.searchScales(TWO_LAYERS, bits, eight, new float[] {1}, symmetric(eight)));
        refused(() -> backend.searchScales(TWO_LAYERS, bits, three, new float[] {1}, symmetric(three)));
        refused(() -> backend.perturbationProducts(TWO_LAYERS, bits, eight, symmetric(three), three, none, two));
        refused(() -> backend.perturbationProducts(
                TWO_LAYERS, bits, eight, symmetric(three), eight, List.of(three), new double[4]));
        refused(() ->
                backend.perturbationProducts(TWO_LAYERS, bits, eight, symmetric(three), eight, List.of(eight), two));
        refused(() -> backend.segmentedDot(TWO_LAYERS, eight, three, two));
        refused(() -> backend.segmentedDot(TWO_LAYERS, eight, eight, new double[3]));
        refused(() -> backend.axpy(1, eight, three));
        refused(() -> backend.scaleLayers(TWO_LAYERS, new double[1], eight));
        refused(() -> backend.scaleLayers(TWO_LAYERS, two, three));
        refused(() -> backend.twoLoopRecursion(TWO_LAYERS, List.of(eight), none, new double[1], two, eight));
        refused(() ->
                backend.twoLoopRecursion(TWO_LAYERS, List.of(three), List.of(eight), new double[] {1}, two, eight));
        refused(() -> backend.twoLoopRecursion(TWO_LAYERS, none, none, new double[0], new double[1], eight));
        refused(() -> backend.twoLoopRecursion(
                TWO_LAYERS, List.of(eight), List.of(eight), new double[1], new double[2], eight));
        refused(() -> backend.twoLoopRecursion(TWO_LAYERS, none, none, new double[0], two, three));
        refused(() -> backend.allocate(-1));
        refused(() -> backend.allocate(Long.MAX_VALUE / 2));
    }

    @Test
    void aNetworkWithoutLayersIsNothingToDo() {
        ParameterLayout none = ParameterLayout.of(List.of());
        DeviceVector empty = zeros(0);
        int[] bits = {};
        double[] out = {};
        backend.searchScales(none, bits, empty, new float[] {1}, symmetric(empty));
        backend.fakeQuantize(none, bits, empty, symmetric(empty), empty);
        backend.fakeQuantizeBackward(none, bits, empty, symmetric(empty), empty, empty, empty);
        backend.perturbationProducts(none, bits, empty, symmetric(empty), empty, List.of(empty), out);
        backend.compactProducts(none, List.of(empty), empty, out);
        backend.segmentedDot(none, empty, empty, out);
        backend.axpy(1, empty, empty);
        backend.scaleLayers(none, out, empty);
        backend.fillRademacher(1, 1, empty);
        backend.twoLoopRecursion(none, List.of(), List.of(), out, out, empty);
        assertThat(backend.read(empty)).isEmpty();
    }

    /** Four billion weights in a layout, which no test could fill: no length may wrap around on its way. */
    @Test
    void aNetworkOfMoreThanTwoToThe31WeightsIsMeasuredRight() {
        ParameterLayout huge = ParameterLayout.of(List.of(new ParameterLayout.Shape("huge", 1 << 16, 1 << 16)));
        assertThat(huge.size()).isEqualTo(1L << 32);
        DeviceVector none = zeros(0);
        assertThatThrownBy(() -> backend.segmentedDot(huge, none, none, new double[1]))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("has length 0, but must have 4294967296");
    }

    @Test
    void wrongBitsAndRatiosAreRefused() {
        DeviceVector eight = vector(1, 1, 1, 1, 1, 1, 1, 1);
        DeviceVector three = vector(1, 1, 1);
        for (int bits : new int[] {-1, 1, 9}) {
            refused(() -> backend.fakeQuantize(TWO_LAYERS, new int[] {4, bits}, eight, symmetric(three), eight));
        }
        for (float[] ratios : new float[][] {{}, {0}, {2.1f}, {Float.NaN}}) {
            refused(() -> backend.searchScales(TWO_LAYERS, new int[] {4, 4}, eight, ratios, symmetric(three)));
        }
    }

    private static void refused(org.assertj.core.api.ThrowableAssert.ThrowingCallable call) {
        assertThatThrownBy(call).isInstanceOf(IllegalArgumentException.class);
    }

    @Test
    void closedVectorsAreRefused() {
        DeviceVector closed = backend.allocate(3);
        closed.close();
        closed.close();
        DeviceVector open = vector(1, 1, 1);
        assertThatThrownBy(() -> backend.axpy(1, closed, open)).isInstanceOf(IllegalStateException.class);
        assertThatThrownBy(() -> backend.axpy(1, open, closed)).isInstanceOf(IllegalStateException.class);
        assertThatThrownBy(() -> backend.read(closed)).isInstanceOf(IllegalStateException.class);
        assertThatThrownBy(() -> backend.fillRademacher(1, 1, closed)).isInstanceOf(IllegalStateException.class);
    }
}
