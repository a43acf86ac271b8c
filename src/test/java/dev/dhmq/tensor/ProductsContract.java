package dev.dhmq.tensor;

import static dev.dhmq.tensor.QuantizationParameters.symmetric;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.assertj.core.data.Offset;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Products, sums, random signs and the two-loop recursion: values worked out by hand, and the plain-Java reference's on seeded inputs. */
interface ProductsContract extends BackendFixture {
    @Test
    default void perturbationProductsByHand() {
        DeviceVector weights = vector(1f, 2f, 3f, 0.6f, 0f, 0f, 5f, 5f);
        DeviceVector current = vector(0.5f, 2f, 3f, 0f, 0f, 2f, 1f, 1f);
        DeviceVector ones = vector(1, 1, 1, 1, 1, 1, 1, 1);
        DeviceVector ramp = vector(1, 2, 3, 4, 5, 6, 7, 8);
        double[] out = {9, 9, 9, 9, 9, 9};
        // D of the first layer is (0.5, 0, 0, 1, 0, -2); the second is skipped.
        backend()
                .perturbationProducts(
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
    default void segmentedDotByHand() {
        double[] out = new double[2];
        backend().segmentedDot(TWO_LAYERS, vector(1, 2, 3, 4, 5, 6, 7, 8), vector(1, -1, 1, -1, 1, -1, 10, 100), out);
        assertThat(out).containsExactly(-3, 870);
    }

    @Test
    default void axpyByHand() {
        DeviceVector y = vector(1, 1, 1);
        backend().axpy(-2, vector(1, 2, 3), y);
        assertThat(backend().read(y)).containsExactly(-1, -3, -5);
    }

    @Test
    default void scaleLayersByHand() {
        DeviceVector x = vector(1, 2, 3, 4, 5, 6, 7, 8);
        backend().scaleLayers(TWO_LAYERS, new double[] {0.5, -10}, x);
        assertThat(backend().read(x)).containsExactly(0.5f, 1, 1.5f, 2, 2.5f, 3, -70, -80);
    }

    @Test
    default void rademacherSignsAreTheBitsOfPhilox() {
        // Counter 0 and key 0 of the published known answers, word by word.
        int[] words = {0x6627e8d5, 0xe169c58d, 0xbc57ac4c, 0x9b00dbd8};
        DeviceVector out = zeros(128);
        backend().fillRademacher(0, 0, out);
        float[] signs = backend().read(out);
        for (int i = 0; i < 128; i++) {
            float wanted = (words[i / 32] >>> (i % 32) & 1) == 1 ? -1 : 1;
            assertThat(signs[i]).as("element %d", i).isEqualTo(wanted);
        }
    }

    @ParameterizedTest
    @ValueSource(longs = {0, 1, -1, 0x123456789abcdef0L, Long.MIN_VALUE})
    default void rademacherSignsAreTheReferences(long seed) {
        for (int length : new int[] {1, 127, 129, 16385, 70001}) {
            DeviceVector out = vector(new float[length]);
            backend().fillRademacher(seed, ~seed, out);
            try (DeviceVector wanted = reference().allocate(length)) {
                reference().fillRademacher(seed, ~seed, wanted);
                assertThat(backend().read(out))
                        .as("%d signs", length)
                        .isEqualTo(reference().read(wanted));
            }
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {0, 1, 5, 64, 65, 130})
    default void perturbationProductsAgreeWithTheReference(int count) {
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
        backend().perturbationProducts(layout, bits, weights, symmetric(scales), current, vectors, out);
        reference()
                .perturbationProducts(
                        layout,
                        bits,
                        onHost(weights),
                        symmetric(onHost(scales)),
                        onHost(current),
                        onHost(vectors),
                        wanted);
        for (int i = 0; i < out.length; i++) {
            Layer layer = layout.layer(i / each);
            assertThat(out[i]).as("%s, product %d", layer.name(), i % each).isCloseTo(wanted[i], sumTolerance(layer));
        }
    }

    @ParameterizedTest
    @ValueSource(longs = {12, 13})
    default void segmentedDotAgreesWithTheReference(long seed) {
        ParameterLayout layout = Inputs.oddLayout();
        DeviceVector a = normal(layout.size(), seed);
        DeviceVector b = normal(layout.size(), seed + 100);
        double[] out = new double[layout.layers().size()];
        double[] wanted = new double[out.length];
        backend().segmentedDot(layout, a, b, out);
        reference().segmentedDot(layout, onHost(a), onHost(b), wanted);
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
    private static Offset<Double> sumTolerance(Layer layer) {
        return within(4.0 * layer.size() * layer.size() * 0x1p-53);
    }

    @Test
    default void axpyAndScalingAgreeWithTheReference() {
        ParameterLayout layout = Inputs.oddLayout();
        double[] factors = new double[layout.layers().size()];
        for (int l = 0; l < factors.length; l++) {
            factors[l] = 1.0 / (l + 3);
        }
        DeviceVector x = normal(layout.size(), 14);
        DeviceVector y = normal(layout.size(), 15);
        DeviceVector wanted = onHost(y);
        backend().axpy(0.3f, x, y);
        reference().axpy(0.3f, onHost(x), wanted);
        assertThat(backend().read(y)).isEqualTo(reference().read(wanted));
        backend().scaleLayers(layout, factors, y);
        reference().scaleLayers(layout, factors, wanted);
        assertThat(backend().read(y)).isEqualTo(reference().read(wanted));
    }

    @ParameterizedTest
    @ValueSource(ints = {0, 1, 2, 7})
    default void twoLoopRecursionAgreesWithTheReference(int pairs) {
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
            backend().axpy(4, s.get(k), change); // so that s.y is positive
            y.add(change);
        }
        DeviceVector direction = normal(layout.size(), 60);
        DeviceVector wanted = onHost(direction);
        double[] products = products(layout, s, y);
        backend().twoLoopRecursion(layout, s, y, products, inverse, direction);
        reference().twoLoopRecursion(layout, onHost(s), onHost(y), products, inverse, wanted);
        float[] expected = reference().read(wanted);
        float[] found = backend().read(direction);
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
                reference().compactProducts(layout, List.of(s.get(i)), y.get(j), byLayer);
                products[i * y.size() + j] = Arrays.stream(byLayer).sum();
            }
        }
        return products;
    }

    @Test
    default void stepsStoredForTheirLayersAloneGiveWhatWholeOnesDo() {
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
            sliced.add(LayerSlices.copyOf(backend(), layout, vector(values), layers));
            DeviceVector change = normal(layout.size(), 95 + k);
            backend().axpy(4, whole.get(k), change);
            y.add(change);
        }
        double[] products = products(layout, whole, y);
        double[] inverse = new double[last + 1];
        Arrays.fill(inverse, 0.5);
        DeviceVector one = normal(layout.size(), 99);
        DeviceVector two = normal(layout.size(), 99);
        backend().twoLoopRecursion(layout, whole, y, products, inverse, one);
        backend().twoLoopRecursion(layout, sliced, y, products, inverse, two);
        // Adding 0 may turn a -0; nothing else differs.
        assertThat(backend().read(two))
                .usingElementComparator((a, b) -> a.equals(b) || a + b == 0 ? 0 : 1)
                .containsExactly(backend().read(one));
        double[] wholeProducts = new double[3 * (last + 1)];
        double[] slicedProducts = new double[3 * (last + 1)];
        backend().compactProducts(layout, whole, one, wholeProducts);
        backend().compactProducts(layout, sliced, one, slicedProducts);
        assertThat(slicedProducts).isEqualTo(wholeProducts);
        sliced.forEach(LayerSlices::close);
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 3, 65})
    default void compactProductsAgreeWithTheReference(int count) {
        ParameterLayout layout = Inputs.oddLayout();
        List<DeviceVector> few = List.of(normal(layout.size(), 16), normal(layout.size(), 17));
        List<DeviceVector> vectors = new ArrayList<>();
        for (int k = 0; k < count; k++) {
            vectors.add(few.get(k % few.size()));
        }
        DeviceVector x = normal(layout.size(), 18);
        double[] out = new double[count * layout.layers().size()];
        double[] wanted = new double[out.length];
        backend().compactProducts(layout, vectors, x, out);
        reference().compactProducts(layout, onHost(vectors), onHost(x), wanted);
        for (int i = 0; i < out.length; i++) {
            assertThat(out[i]).isCloseTo(wanted[i], sumTolerance(layout.layer(i / count)));
        }
    }

    @Test
    default void twoLoopRecursionMeetsTheSecantEquation() {
        ParameterLayout layout = Inputs.oddLayout();
        double[] inverse = new double[layout.layers().size()];
        Arrays.fill(inverse, 0.7);
        DeviceVector s = normal(layout.size(), 70);
        DeviceVector y = normal(layout.size(), 71);
        backend().axpy(5, s, y);
        DeviceVector direction = vector(backend().read(y));
        backend()
                .twoLoopRecursion(
                        layout, List.of(s), List.of(y), products(layout, List.of(s), List.of(y)), inverse, direction);
        float[] found = backend().read(direction);
        float[] wanted = backend().read(s);
        for (int i = 0; i < wanted.length; i++) {
            // H y = s whatever H0 is, but for four float roundings of values up to 25.
            assertThat(found[i]).as("element %d", i).isCloseTo(wanted[i], within(4 * 25 * 0x1p-24f));
        }
    }

    @Test
    default void sumsOfExtremesAreExactAndNanStaysInItsLayer() {
        float max = Float.MAX_VALUE;
        float least = Float.MIN_VALUE;
        DeviceVector x = vector(max, 0, 0, 0, 0, 0, least, 0);
        double[] out = new double[2];
        backend().segmentedDot(TWO_LAYERS, x, x, out);
        assertThat(out).containsExactly((double) max * max, (double) least * least);
        DeviceVector nan = vector(1, 1, 1, 1, 1, Float.NaN, 1, 1);
        backend().segmentedDot(TWO_LAYERS, nan, nan, out);
        assertThat(out).containsExactly(Double.NaN, 2);
        double[] products = new double[2];
        backend()
                .perturbationProducts(
                        TWO_LAYERS,
                        new int[] {4, 4},
                        nan,
                        symmetric(vector(1, 1, 1)),
                        vector(1, 1, 1, 1, 1, 1, 0, 0),
                        List.of(),
                        products);
        assertThat(products).containsExactly(Double.NaN, 2);
    }
}
