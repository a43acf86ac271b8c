package dev.dhmq.tensor;

import static dev.dhmq.tensor.QuantizationParameters.symmetric;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.sun.management.ThreadMXBean;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.management.ManagementFactory;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** The C++ kernels. They must be there: a missing library fails these tests and skips none. */
class CpuBackendTest extends AbstractBackendTest {

    @Override
    Backend create() {
        assertThat(NativeLibrary.failure()).isEqualTo(Optional.empty());
        return new CpuBackend();
    }

    @AfterEach
    void bestInstructionSet() {
        try (CpuBackend backend = new CpuBackend()) {
            for (String tier : List.of("baseline", "avx2", "avx512")) {
                backend.useInstructionSet(tier);
            }
        }
    }

    @Test
    void resultsDependNeitherOnThreadsNorOnTheInstructionSet() {
        try (CpuBackend backend = new CpuBackend()) {
            int threads = backend.threads();
            List<Object> results = new ArrayList<>();
            for (String tier : List.of("baseline", "avx2", "avx512")) {
                if (!backend.useInstructionSet(tier)) {
                    continue;
                }
                for (int count : new int[] {1, 2, 5}) {
                    backend.setThreads(count);
                    assertThat(backend.description()).contains(tier, Integer.toString(count));
                    results.add(everyKernel(backend));
                }
            }
            backend.setThreads(threads);
            assertThat(results).hasSizeGreaterThanOrEqualTo(3).allMatch(results.getFirst()::equals);
        }
    }

    /** What every kernel makes of one input, as lists, which compare bit for bit. */
    private static List<Object> everyKernel(CpuBackend backend) {
        ParameterLayout layout = Inputs.oddLayout();
        int layers = layout.layers().size();
        int[] bits = Inputs.mixedBits(layout);
        try (DeviceVector weights = backend.allocate(layout.size());
                DeviceVector current = backend.allocate(layout.size());
                DeviceVector scales = backend.allocate(layout.channels());
                DeviceVector signs = backend.allocate(layout.size())) {
            backend.write(Inputs.normal(layout.size(), 1), weights);
            backend.searchScales(layout, bits, weights, new float[] {1, 0.9f, 0.8f, 0.7f}, symmetric(scales));
            backend.fakeQuantize(layout, bits, weights, symmetric(scales), current);
            backend.fillRademacher(5, 6, signs);
            double[] products = new double[3 * layers];
            bits[0] = 2;
            backend.perturbationProducts(
                    layout, bits, weights, symmetric(scales), signs, List.of(signs, weights), products);
            double[] dots = new double[layers];
            backend.segmentedDot(layout, weights, current, dots);
            backend.axpy(0.1f, signs, current);
            backend.scaleLayers(layout, dots, current);
            backend.axpy(3, signs, weights);
            backend.twoLoopRecursion(layout, List.of(signs), List.of(weights), new double[] {7}, dots, current);
            DeviceVector gradients = backend.allocate(layout.channels());
            backend.fakeQuantizeBackward(layout, bits, weights, symmetric(scales), signs, signs, gradients);
            products[0] += Arrays.hashCode(backend.read(gradients));
            gradients.close();
            return List.of(boxed(backend.read(scales)), boxed(backend.read(current)), boxed(products), boxed(dots));
        }
    }

    private static List<Integer> boxed(float[] values) {
        List<Integer> bits = new ArrayList<>();
        for (float value : values) {
            bits.add(Float.floatToRawIntBits(value));
        }
        return bits;
    }

    private static List<Long> boxed(double[] values) {
        List<Long> bits = new ArrayList<>();
        for (double value : values) {
            bits.add(Double.doubleToRawLongBits(value));
        }
        return bits;
    }

    @Test
    void unknownInstructionSetsAndThreadCountsAreRefused() {
        try (CpuBackend backend = new CpuBackend()) {
            assertThat(backend.useInstructionSet("mmx")).isFalse();
            assertThatThrownBy(() -> backend.setThreads(0)).isInstanceOf(IllegalArgumentException.class);
        }
    }

    @Test
    void memoryThatNativeCodeCannotWriteIsRefused() {
        try (CpuBackend backend = new CpuBackend();
                Arena arena = Arena.ofConfined()) {
            MemorySegment heap = MemorySegment.ofArray(new float[4]);
            assertThatThrownBy(() -> backend.wrap(heap)).isInstanceOf(IllegalArgumentException.class);
            DeviceVector readOnly = backend.wrap(arena.allocate(16, 4).asReadOnly());
            DeviceVector writable = backend.wrap(arena.allocate(16, 4));
            backend.axpy(1, readOnly, writable);
            assertThatThrownBy(() -> backend.axpy(1, writable, readOnly))
                    .isInstanceOf(IllegalArgumentException.class)
                    .hasMessageContaining("read-only");
            MemorySegment odd = arena.allocate(20, 4).asSlice(1, 16);
            assertThatThrownBy(() -> backend.wrap(odd)).isInstanceOf(IllegalArgumentException.class);
        }
    }

    /** Vectors behind a table of pointers are not checked by the call itself. */
    @Test
    void vectorsInClosedMemoryAreRefused() {
        ParameterLayout layout = ParameterLayout.of(List.of(new ParameterLayout.Shape("layer", 1, 4)));
        try (CpuBackend backend = new CpuBackend();
                DeviceVector direction = backend.allocate(4)) {
            DeviceVector gone;
            try (Arena arena = Arena.ofConfined()) {
                gone = backend.wrap(arena.allocate(16, 4));
            }
            assertThatThrownBy(() -> backend.twoLoopRecursion(
                            layout, List.of(gone), List.of(gone), new double[] {1}, new double[] {1}, direction))
                    .isInstanceOf(IllegalStateException.class);
        }
    }

    @Test
    void moreCurvaturePairsThanTheKernelTakesAreRefused() {
        ParameterLayout layout = ParameterLayout.of(List.of(new ParameterLayout.Shape("layer", 1, 4)));
        try (CpuBackend backend = new CpuBackend();
                DeviceVector vector = backend.allocate(4)) {
            List<DeviceVector> pairs = Collections.nCopies(65, vector);
            double[] products = new double[65 * 65];
            Arrays.fill(products, 1);
            assertThatThrownBy(() -> backend.twoLoopRecursion(layout, pairs, pairs, products, new double[] {1}, vector))
                    .isInstanceOf(IllegalArgumentException.class)
                    .hasMessageContaining("at most 64 curvature pairs, but got 65");
        }
    }

    @Test
    void closingTwiceIsHarmlessAndUseAfterwardsIsRefused() {
        ParameterLayout layout = ParameterLayout.of(List.of(new ParameterLayout.Shape("layer", 1, 4)));
        CpuBackend backend = new CpuBackend();
        try (DeviceVector vector = backend.allocate(4)) {
            backend.close();
            backend.close();
            assertThatThrownBy(() -> backend.segmentedDot(layout, vector, vector, new double[1]))
                    .isInstanceOf(IllegalStateException.class);
        }
    }

    /** A search makes millions of calls; they must not feed the garbage collector. */
    @Test
    void callsAllocateNothingOnTheHeap() {
        ParameterLayout layout = Inputs.oddLayout();
        double[] dots = new double[layout.layers().size()];
        double[] products = new double[2 * dots.length];
        int[] bits = Inputs.mixedBits(layout);
        ThreadMXBean threads = (ThreadMXBean) ManagementFactory.getThreadMXBean();
        try (CpuBackend backend = new CpuBackend();
                DeviceVector weights = backend.allocate(layout.size());
                DeviceVector scales = backend.allocate(layout.channels())) {
            List<DeviceVector> vectors = List.of(weights);
            QuantizationParameters parameters = symmetric(scales);
            Runnable calls = () -> {
                backend.segmentedDot(layout, weights, weights, dots);
                backend.fakeQuantize(layout, bits, weights, parameters, weights);
                backend.perturbationProducts(layout, bits, weights, parameters, weights, vectors, products);
                backend.axpy(0.5f, weights, weights);
            };
            calls.run(); // links the functions and sizes the buffers
            long least = Long.MAX_VALUE;
            for (int repeat = 0; repeat < 50; repeat++) {
                long before = threads.getCurrentThreadAllocatedBytes();
                calls.run();
                least = Math.min(least, threads.getCurrentThreadAllocatedBytes() - before);
            }
            assertThat(least).isZero();
        }
    }
}
