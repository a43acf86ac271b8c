package dev.dhmq.tensor;

import static dev.dhmq.tensor.QuantizationParameters.symmetric;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.List;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.Test;

/** What holds for any kernel: memory stays inside its borders, the same call gives the same bits, and what cannot be is refused. */
interface KernelCallContract extends BackendFixture {
    @Test
    default void newVectorsAreZeroAndCarryWhatIsWritten() {
        DeviceVector vector = zeros(3);
        assertThat(backend().read(vector)).containsExactly(0, 0, 0);
        backend().write(new float[] {1, 2, 3}, vector);
        DeviceVector copy = zeros(3);
        backend().copy(vector, copy);
        assertThat(backend().read(copy)).containsExactly(1, 2, 3);
        assertThat(zeros(0).length()).isZero();
    }

    @Test
    default void everyTailStaysInsideItsArray() {
        for (int n = 1; n <= 70; n++) {
            ParameterLayout layout = ParameterLayout.of(List.of(new ParameterLayout.Shape("layer", 1, n)));
            DeviceVector a = normal(n, n);
            DeviceVector out = vector(new float[n]);
            DeviceVector scale = vector(0);
            double[] products = new double[2];
            double[] dots = new double[1];
            int[] bits = {8};
            backend().searchScales(layout, bits, a, new float[] {1}, symmetric(scale));
            backend().fakeQuantize(layout, bits, a, symmetric(scale), out);
            backend().perturbationProducts(layout, bits, a, symmetric(scale), out, List.of(a), products);
            assertThat(products)
                    .as("%d weights against their own quantization", n)
                    .containsExactly(0, 0);
            backend().axpy(-1, out, a);
            backend().scaleLayers(layout, new double[] {2}, a);
            backend().segmentedDot(layout, a, a, dots);
            // |Q(w) - w| is at most half a step; the largest weight is clamped to 127 and may be a whole step off.
            double step = backend().read(scale)[0];
            assertThat(dots[0]).isLessThanOrEqualTo(4 * step * step * (1 + 0.25 * n));
            backend().fillRademacher(n, n, out);
            backend().twoLoopRecursion(layout, List.of(out), List.of(out), new double[] {n}, new double[] {1}, a);
        }
    }

    @Test
    default void theSameCallGivesTheSameBits() {
        ParameterLayout layout = Inputs.oddLayout();
        DeviceVector a = normal(layout.size(), 80);
        DeviceVector b = normal(layout.size(), 81);
        double[] first = new double[layout.layers().size()];
        backend().segmentedDot(layout, a, b, first);
        for (int repeat = 0; repeat < 20; repeat++) {
            double[] again = new double[first.length];
            backend().segmentedDot(layout, a, b, again);
            assertThat(again).isEqualTo(first);
        }
    }

    @Test
    default void wrongLengthsAreRefused() {
        DeviceVector eight = vector(1, 1, 1, 1, 1, 1, 1, 1);
        DeviceVector three = vector(1, 1, 1);
        int[] bits = {4, 4};
        double[] two = new double[2];
        List<DeviceVector> none = List.of();
        refused(() -> backend().copy(eight, three));
        refused(() -> backend().write(new float[2], three));
        refused(() -> backend().fakeQuantize(TWO_LAYERS, new int[] {4}, eight, symmetric(three), eight));
        refused(() -> backend().fakeQuantize(TWO_LAYERS, bits, three, symmetric(three), eight));
        refused(() -> backend().fakeQuantize(TWO_LAYERS, bits, eight, symmetric(eight), eight));
        refused(() -> backend().fakeQuantize(TWO_LAYERS, bits, eight, symmetric(three), three));
        refused(() -> backend().searchScales(TWO_LAYERS, bits, eight, new float[] {1}, symmetric(eight)));
        refused(() -> backend().searchScales(TWO_LAYERS, bits, three, new float[] {1}, symmetric(three)));
        refused(() -> backend().perturbationProducts(TWO_LAYERS, bits, eight, symmetric(three), three, none, two));
        refused(() -> backend()
                .perturbationProducts(TWO_LAYERS, bits, eight, symmetric(three), eight, List.of(three), new double[4]));
        refused(() ->
                backend().perturbationProducts(TWO_LAYERS, bits, eight, symmetric(three), eight, List.of(eight), two));
        refused(() -> backend().segmentedDot(TWO_LAYERS, eight, three, two));
        refused(() -> backend().segmentedDot(TWO_LAYERS, eight, eight, new double[3]));
        refused(() -> backend().axpy(1, eight, three));
        refused(() -> backend().scaleLayers(TWO_LAYERS, new double[1], eight));
        refused(() -> backend().scaleLayers(TWO_LAYERS, two, three));
        refused(() -> backend().twoLoopRecursion(TWO_LAYERS, List.of(eight), none, new double[1], two, eight));
        refused(() ->
                backend().twoLoopRecursion(TWO_LAYERS, List.of(three), List.of(eight), new double[] {1}, two, eight));
        refused(() -> backend().twoLoopRecursion(TWO_LAYERS, none, none, new double[0], new double[1], eight));
        refused(() -> backend()
                .twoLoopRecursion(TWO_LAYERS, List.of(eight), List.of(eight), new double[1], new double[2], eight));
        refused(() -> backend().twoLoopRecursion(TWO_LAYERS, none, none, new double[0], two, three));
        refused(() -> backend().allocate(-1));
        refused(() -> backend().allocate(Long.MAX_VALUE / 2));
    }

    @Test
    default void aNetworkWithoutLayersIsNothingToDo() {
        ParameterLayout none = ParameterLayout.of(List.of());
        DeviceVector empty = zeros(0);
        int[] bits = {};
        double[] out = {};
        backend().searchScales(none, bits, empty, new float[] {1}, symmetric(empty));
        backend().fakeQuantize(none, bits, empty, symmetric(empty), empty);
        backend().fakeQuantizeBackward(none, bits, empty, symmetric(empty), empty, empty, empty);
        backend().perturbationProducts(none, bits, empty, symmetric(empty), empty, List.of(empty), out);
        backend().compactProducts(none, List.of(empty), empty, out);
        backend().segmentedDot(none, empty, empty, out);
        backend().axpy(1, empty, empty);
        backend().scaleLayers(none, out, empty);
        backend().fillRademacher(1, 1, empty);
        backend().twoLoopRecursion(none, List.of(), List.of(), out, out, empty);
        assertThat(backend().read(empty)).isEmpty();
    }

    /** Four billion weights in a layout, which no test could fill: no length may wrap around on its way. */
    @Test
    default void aNetworkOfMoreThanTwoToThe31WeightsIsMeasuredRight() {
        ParameterLayout huge = ParameterLayout.of(List.of(new ParameterLayout.Shape("huge", 1 << 16, 1 << 16)));
        assertThat(huge.size()).isEqualTo(1L << 32);
        DeviceVector none = zeros(0);
        assertThatThrownBy(() -> backend().segmentedDot(huge, none, none, new double[1]))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("has length 0, but must have 4294967296");
    }

    @Test
    default void wrongBitsAndRatiosAreRefused() {
        DeviceVector eight = vector(1, 1, 1, 1, 1, 1, 1, 1);
        DeviceVector three = vector(1, 1, 1);
        for (int bits : new int[] {-1, 1, 9}) {
            refused(() -> backend().fakeQuantize(TWO_LAYERS, new int[] {4, bits}, eight, symmetric(three), eight));
        }
        for (float[] ratios : new float[][] {{}, {0}, {2.1f}, {Float.NaN}}) {
            refused(() -> backend().searchScales(TWO_LAYERS, new int[] {4, 4}, eight, ratios, symmetric(three)));
        }
    }

    private static void refused(ThrowingCallable call) {
        assertThatThrownBy(call).isInstanceOf(IllegalArgumentException.class);
    }

    @Test
    default void closedVectorsAreRefused() {
        DeviceVector closed = backend().allocate(3);
        closed.close();
        closed.close();
        DeviceVector open = vector(1, 1, 1);
        assertThatThrownBy(() -> backend().axpy(1, closed, open)).isInstanceOf(IllegalStateException.class);
        assertThatThrownBy(() -> backend().axpy(1, open, closed)).isInstanceOf(IllegalStateException.class);
        assertThatThrownBy(() -> backend().read(closed)).isInstanceOf(IllegalStateException.class);
        assertThatThrownBy(() -> backend().fillRademacher(1, 1, closed)).isInstanceOf(IllegalStateException.class);
    }
}
