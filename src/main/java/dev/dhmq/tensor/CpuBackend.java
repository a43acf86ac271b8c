package dev.dhmq.tensor;

import static java.lang.foreign.ValueLayout.ADDRESS;
import static java.lang.foreign.ValueLayout.JAVA_DOUBLE;
import static java.lang.foreign.ValueLayout.JAVA_FLOAT;
import static java.lang.foreign.ValueLayout.JAVA_INT;

import dev.dhmq.bindings.dhmq.Dhmq;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.List;

/**
 * The kernels in C++: SIMD with the best instruction set of this processor, and OpenMP threads shared with LibTorch.
 *
 * <p>Results are the same bit for bit for every number of threads and every instruction set. Vectors lie in host memory
 * outside the Java heap. Made by {@link Backends}, which knows whether the library is there.
 */
public final class CpuBackend extends HostBackend {
    private final LayerTable layers = new LayerTable();
    private final NativeBuffer bitWidths = new NativeBuffer();
    private final NativeBuffer numbers = new NativeBuffer();
    private final NativeBuffer pointers = new NativeBuffer();
    private final NativeBuffer morePointers = new NativeBuffer();

    /** Only once {@link NativeLibrary#failure()} is known to be empty. */
    CpuBackend() {}

    @Override
    public String name() {
        return "cpu";
    }

    @Override
    public String description() {
        int threads = threads();
        return "cpu: " + instructionSet() + ", " + threads + (threads == 1 ? " thread" : " threads");
    }

    /** The instruction set in use: {@code baseline}, {@code avx2} or {@code avx512}. */
    public String instructionSet() {
        return Dhmq.dhmq_isa().getString(0);
    }

    /** Uses another instruction set in all of the process; false where this processor lacks it. For tests. */
    boolean useInstructionSet(String name) {
        try (Arena arena = Arena.ofConfined()) {
            return Dhmq.dhmq_set_isa(arena.allocateFrom(name)) == Dhmq.DHMQ_OK();
        }
    }

    /** How many threads a kernel may use. */
    public int threads() {
        return Dhmq.dhmq_max_threads();
    }

    /** Lets kernels in all of the process use this many threads, at least one. Results do not depend on it. */
    public void setThreads(int threads) {
        if (threads < 1) {
            throw new IllegalArgumentException("Kernels cannot run on " + threads + " threads.");
        }
        check("dhmq_set_threads", Dhmq.dhmq_set_threads(threads));
    }

    @Override
    public DeviceVector wrap(MemorySegment memory) {
        requireNative(memory);
        return super.wrap(memory);
    }

    @Override
    public void searchScales(
            ParameterLayout layout, int[] bits, DeviceVector weights, float[] ratios, DeviceVector scales) {
        Lengths.requireBits(layout, bits);
        Lengths.require("The vector of weights", weights.length(), layout.size());
        Lengths.require("The vector of scales", scales.length(), layout.channels());
        Lengths.requireRatios(ratios);
        MemorySegment nativeRatios = numbers.reserve((long) Float.BYTES * ratios.length);
        MemorySegment.copy(ratios, 0, nativeRatios, JAVA_FLOAT, 0, ratios.length);
        check(
                "dhmq_cpu_search_scales",
                Dhmq.dhmq_cpu_search_scales(
                        layers.of(layout),
                        bits.length,
                        nativeBits(bits),
                        input(weights),
                        nativeRatios,
                        ratios.length,
                        output(scales)));
    }

    @Override
    public void fakeQuantize(
            ParameterLayout layout, int[] bits, DeviceVector weights, DeviceVector scales, DeviceVector out) {
        Lengths.requireBits(layout, bits);
        Lengths.require("The vector of weights", weights.length(), layout.size());
        Lengths.require("The vector of scales", scales.length(), layout.channels());
        Lengths.require("The vector of results", out.length(), layout.size());
        check(
                "dhmq_cpu_fake_quantize",
                Dhmq.dhmq_cpu_fake_quantize(
                        layers.of(layout), bits.length, nativeBits(bits), input(weights), input(scales), output(out)));
    }

    @Override
    public void perturbationProducts(
            ParameterLayout layout,
            int[] bits,
            DeviceVector weights,
            DeviceVector scales,
            DeviceVector current,
            List<DeviceVector> vectors,
            double[] out) {
        Lengths.requireBits(layout, bits);
        Lengths.require("The vector of weights", weights.length(), layout.size());
        Lengths.require("The vector of scales", scales.length(), layout.channels());
        Lengths.require("The vector of current weights", current.length(), layout.size());
        Lengths.requireAll("A vector to multiply with", vectors, layout.size());
        Lengths.require("The array of results", out.length, (1L + vectors.size()) * bits.length);
        int most = Dhmq.DHMQ_MAX_VECTORS();
        int first = 0;
        do {
            int count = Math.min(most, vectors.size() - first);
            MemorySegment products = numbers.reserve((long) Double.BYTES * (1 + count) * bits.length);
            check(
                    "dhmq_cpu_perturbation_products",
                    Dhmq.dhmq_cpu_perturbation_products(
                            layers.of(layout),
                            bits.length,
                            nativeBits(bits),
                            input(weights),
                            input(scales),
                            input(current),
                            addresses(vectors, first, count, pointers),
                            count,
                            products));
            scatter(products, first, count, out, 1 + vectors.size());
            first += count;
        } while (first < vectors.size());
    }

    /** From rows of D.D and some vectors' products to rows of D.D and all vectors' products. */
    private static void scatter(MemorySegment products, int first, int count, double[] out, int each) {
        for (int l = 0; l * each < out.length; l++) {
            long row = (long) l * (1 + count);
            out[l * each] = products.getAtIndex(JAVA_DOUBLE, row);
            MemorySegment.copy(products, JAVA_DOUBLE, Double.BYTES * (row + 1), out, l * each + 1 + first, count);
        }
    }

    @Override
    public void segmentedDot(ParameterLayout layout, DeviceVector a, DeviceVector b, double[] out) {
        Lengths.require("The vector of left factors", a.length(), layout.size());
        Lengths.require("The vector of right factors", b.length(), layout.size());
        Lengths.require("The array of results", out.length, layout.layers().size());
        MemorySegment dots = numbers.reserve((long) Double.BYTES * out.length);
        check(
                "dhmq_cpu_segmented_dot",
                Dhmq.dhmq_cpu_segmented_dot(layers.of(layout), out.length, input(a), input(b), dots));
        MemorySegment.copy(dots, JAVA_DOUBLE, 0, out, 0, out.length);
    }

    @Override
    public void axpy(float alpha, DeviceVector x, DeviceVector y) {
        Lengths.requireEqual(x, y);
        check("dhmq_cpu_axpy", Dhmq.dhmq_cpu_axpy(x.length(), alpha, input(x), output(y)));
    }

    @Override
    public void scaleLayers(ParameterLayout layout, double[] factors, DeviceVector x) {
        Lengths.require("The vector of values", x.length(), layout.size());
        Lengths.require("The array of factors", factors.length, layout.layers().size());
        check(
                "dhmq_cpu_scale_layers",
                Dhmq.dhmq_cpu_scale_layers(layers.of(layout), factors.length, nativeDoubles(factors), output(x)));
    }

    @Override
    public void fillRademacher(long seed, long stream, DeviceVector out) {
        check("dhmq_cpu_fill_rademacher", Dhmq.dhmq_cpu_fill_rademacher(seed, stream, out.length(), output(out)));
    }

    @Override
    public void twoLoopRecursion(
            ParameterLayout layout,
            List<DeviceVector> s,
            List<DeviceVector> y,
            double[] inverseCurvature,
            DeviceVector direction) {
        Lengths.require("The vector of direction", direction.length(), layout.size());
        Lengths.require(
                "The array of inverse curvatures",
                inverseCurvature.length,
                layout.layers().size());
        Lengths.requirePairs(layout, s, y);
        check(
                "dhmq_cpu_two_loop_recursion",
                Dhmq.dhmq_cpu_two_loop_recursion(
                        layers.of(layout),
                        inverseCurvature.length,
                        addresses(s, 0, s.size(), pointers),
                        addresses(y, 0, y.size(), morePointers),
                        s.size(),
                        nativeDoubles(inverseCurvature),
                        output(direction)));
    }

    private MemorySegment nativeBits(int[] bits) {
        MemorySegment memory = bitWidths.reserve((long) Integer.BYTES * bits.length);
        MemorySegment.copy(bits, 0, memory, JAVA_INT, 0, bits.length);
        return memory;
    }

    private MemorySegment nativeDoubles(double[] values) {
        MemorySegment memory = numbers.reserve((long) Double.BYTES * values.length);
        MemorySegment.copy(values, 0, memory, JAVA_DOUBLE, 0, values.length);
        return memory;
    }

    /** The call itself keeps its direct arguments alive; for vectors behind pointers that is up to the caller. */
    private static MemorySegment addresses(List<DeviceVector> vectors, int first, int count, NativeBuffer buffer) {
        MemorySegment memory = buffer.reserve(ADDRESS.byteSize() * count);
        for (int k = 0; k < count; k++) {
            MemorySegment vector = input(vectors.get(first + k));
            if (!vector.scope().isAlive()) {
                throw new IllegalStateException("Vector " + (first + k) + " lies in memory that is closed.");
            }
            memory.setAtIndex(ADDRESS, k, vector);
        }
        return memory;
    }

    private static MemorySegment input(DeviceVector vector) {
        MemorySegment memory = vector.memory();
        requireNative(memory);
        return memory;
    }

    /** Native code would not notice that a segment is read-only: a mapped file would end the process. */
    private static MemorySegment output(DeviceVector vector) {
        MemorySegment memory = input(vector);
        if (memory.isReadOnly()) {
            throw new IllegalArgumentException("The vector to write to lies in read-only memory.");
        }
        return memory;
    }

    private static void requireNative(MemorySegment memory) {
        if (!memory.isNative()) {
            throw new IllegalArgumentException("The CPU backend cannot compute in an array on the Java heap.");
        }
    }

    private static void check(String call, int status) {
        if (status != Dhmq.DHMQ_OK()) {
            throw new NativeCallException(
                    call, status, Dhmq.dhmq_status_string(status).getString(0));
        }
    }

    @Override
    public void close() {
        layers.close();
        bitWidths.close();
        numbers.close();
        pointers.close();
        morePointers.close();
    }
}
