package dev.dhmq.tensor;

import static java.lang.foreign.ValueLayout.ADDRESS;
import static java.lang.foreign.ValueLayout.JAVA_DOUBLE;
import static java.lang.foreign.ValueLayout.JAVA_FLOAT;
import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;

import dev.dhmq.bindings.dhmq.Dhmq;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.List;
import org.jspecify.annotations.Nullable;

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
    private final NativeBuffer moreNumbers = new NativeBuffer();
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
        HostMemory.requireOutsideHeap(memory);
        return super.wrap(memory);
    }

    @Override
    public void copy(DeviceVector from, DeviceVector to) {
        Lengths.requireEqual(from, to);
        check("dhmq_cpu_copy", Dhmq.dhmq_cpu_copy(from.length(), input(from), output(to)));
    }

    @Override
    public void searchScales(
            ParameterLayout layout,
            int[] bits,
            DeviceVector weights,
            float[] ratios,
            QuantizationParameters parameters) {
        Lengths.requireSearch(layout, bits, weights, ratios, parameters);
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
                        output(parameters.scales()),
                        outputOrNull(parameters.zeroPoints())));
    }

    @Override
    public void fakeQuantize(
            ParameterLayout layout,
            int[] bits,
            DeviceVector weights,
            QuantizationParameters parameters,
            DeviceVector out) {
        Lengths.requireQuantization(layout, bits, weights, parameters, out);
        check(
                "dhmq_cpu_fake_quantize",
                Dhmq.dhmq_cpu_fake_quantize(
                        layers.of(layout),
                        bits.length,
                        nativeBits(bits),
                        input(weights),
                        input(parameters.scales()),
                        inputOrNull(parameters.zeroPoints()),
                        output(out)));
    }

    @Override
    public void fakeQuantizeBackward(
            ParameterLayout layout,
            int[] bits,
            DeviceVector weights,
            QuantizationParameters parameters,
            DeviceVector gradients,
            DeviceVector weightGradients,
            @Nullable DeviceVector scaleGradients) {
        Lengths.requireBackward(layout, bits, weights, parameters, gradients, weightGradients, scaleGradients);
        check(
                "dhmq_cpu_fake_quantize_backward",
                Dhmq.dhmq_cpu_fake_quantize_backward(
                        layers.of(layout),
                        bits.length,
                        nativeBits(bits),
                        input(weights),
                        input(parameters.scales()),
                        inputOrNull(parameters.zeroPoints()),
                        input(gradients),
                        output(weightGradients),
                        outputOrNull(scaleGradients)));
    }

    @Override
    public void pack(
            PackedLayout packing, DeviceVector weights, QuantizationParameters parameters, MemorySegment packed) {
        ParameterLayout layout = packing.layout();
        Lengths.requirePacking(packing, weights, parameters, packed);
        HostMemory.requireOutsideHeap(packed);
        HostMemory.requireWritable(packed);
        int[] bits = packing.bits();
        int status = Dhmq.dhmq_cpu_pack(
                layers.of(layout),
                bits.length,
                nativeBits(bits),
                input(weights),
                input(parameters.scales()),
                inputOrNull(parameters.zeroPoints()),
                byteOffsets(packing, bits.length),
                packed);
        if (status == Dhmq.DHMQ_NOT_FINITE()) {
            throw PackedLayout.notFinite();
        }
        check("dhmq_cpu_pack", status);
    }

    @Override
    public void unpack(
            PackedLayout packing, MemorySegment packed, QuantizationParameters parameters, DeviceVector out) {
        ParameterLayout layout = packing.layout();
        Lengths.requireUnpacking(packing, packed, parameters, out);
        HostMemory.requireOutsideHeap(packed);
        int[] bits = packing.bits();
        check(
                "dhmq_cpu_unpack",
                Dhmq.dhmq_cpu_unpack(
                        layers.of(layout),
                        bits.length,
                        nativeBits(bits),
                        packed,
                        byteOffsets(packing, bits.length),
                        input(parameters.scales()),
                        inputOrNull(parameters.zeroPoints()),
                        output(out)));
    }

    private MemorySegment byteOffsets(PackedLayout packing, int layerCount) {
        MemorySegment memory = numbers.reserve((long) Long.BYTES * layerCount);
        for (int l = 0; l < layerCount; l++) {
            memory.setAtIndex(JAVA_LONG, l, packing.offset(l));
        }
        return memory;
    }

    @Override
    public void perturbationProducts(
            ParameterLayout layout,
            int[] bits,
            DeviceVector weights,
            QuantizationParameters parameters,
            DeviceVector current,
            List<? extends LayerVector> vectors,
            double[] out) {
        Lengths.requirePerturbation(layout, bits, weights, parameters, current, vectors, out);
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
                            input(parameters.scales()),
                            inputOrNull(parameters.zeroPoints()),
                            input(current),
                            table(layout, vectors, first, count, pointers),
                            count,
                            products));
            VectorTable.scatterBehindOne(products, first, count, out, 1 + vectors.size());
            first += count;
        } while (first < vectors.size());
    }

    @Override
    public void compactProducts(
            ParameterLayout layout, List<? extends LayerVector> vectors, DeviceVector x, double[] out) {
        int layerCount = layout.layers().size();
        Lengths.requireProducts(layout, vectors, x, out);
        for (int first = 0; first < vectors.size(); first += Dhmq.DHMQ_MAX_VECTORS()) {
            int count = Math.min(Dhmq.DHMQ_MAX_VECTORS(), vectors.size() - first);
            MemorySegment products = numbers.reserve((long) Double.BYTES * count * layerCount);
            check(
                    "dhmq_cpu_compact_products",
                    Dhmq.dhmq_cpu_compact_products(
                            layers.of(layout),
                            layerCount,
                            table(layout, vectors, first, count, pointers),
                            count,
                            input(x),
                            products));
            VectorTable.scatter(products, first, count, out, vectors.size());
        }
    }

    @Override
    public void segmentedDot(ParameterLayout layout, DeviceVector a, DeviceVector b, double[] out) {
        Lengths.requireDot(layout, a, b, out);
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
        Lengths.requireScaling(layout, factors, x);
        check(
                "dhmq_cpu_scale_layers",
                Dhmq.dhmq_cpu_scale_layers(layers.of(layout), factors.length, doubles(factors, numbers), output(x)));
    }

    @Override
    public void fillRademacher(long seed, long stream, DeviceVector out) {
        check("dhmq_cpu_fill_rademacher", Dhmq.dhmq_cpu_fill_rademacher(seed, stream, out.length(), output(out)));
    }

    @Override
    public void twoLoopRecursion(
            ParameterLayout layout,
            List<? extends LayerVector> steps,
            List<DeviceVector> changes,
            double[] products,
            double[] inverseCurvature,
            DeviceVector direction) {
        Lengths.requireRecursion(
                layout, steps, changes, products, inverseCurvature, direction, Dhmq.DHMQ_MAX_VECTORS());
        check(
                "dhmq_cpu_two_loop_recursion",
                Dhmq.dhmq_cpu_two_loop_recursion(
                        layers.of(layout),
                        inverseCurvature.length,
                        table(layout, steps, 0, steps.size(), pointers),
                        addresses(changes),
                        doubles(products, moreNumbers),
                        steps.size(),
                        doubles(inverseCurvature, numbers),
                        output(direction)));
    }

    private MemorySegment nativeBits(int[] bits) {
        MemorySegment memory = bitWidths.reserve((long) Integer.BYTES * bits.length);
        MemorySegment.copy(bits, 0, memory, JAVA_INT, 0, bits.length);
        return memory;
    }

    private static MemorySegment doubles(double[] values, NativeBuffer buffer) {
        MemorySegment memory = buffer.reserve((long) Double.BYTES * values.length);
        MemorySegment.copy(values, 0, memory, JAVA_DOUBLE, 0, values.length);
        return memory;
    }

    private static MemorySegment table(
            ParameterLayout layout, List<? extends LayerVector> vectors, int first, int count, NativeBuffer buffer) {
        MemorySegment memory =
                buffer.reserve(VectorTable.bytes(count, layout.layers().size()));
        VectorTable.write(layout, vectors, first, count, CpuBackend::liveAddress, memory);
        return memory;
    }

    private MemorySegment addresses(List<DeviceVector> vectors) {
        MemorySegment memory = morePointers.reserve(ADDRESS.byteSize() * vectors.size());
        for (int k = 0; k < vectors.size(); k++) {
            memory.setAtIndex(JAVA_LONG, k, liveAddress(vectors.get(k)));
        }
        return memory;
    }

    private static long liveAddress(DeviceVector vector) {
        MemorySegment memory = input(vector);
        if (!memory.scope().isAlive()) {
            throw new IllegalStateException(
                    "A vector of " + vector.length() + " floats lies in memory that is closed.");
        }
        return memory.address();
    }

    private static MemorySegment input(DeviceVector vector) {
        MemorySegment memory = vector.hostMemory();
        HostMemory.requireOutsideHeap(memory);
        return memory;
    }

    private static MemorySegment output(DeviceVector vector) {
        MemorySegment memory = input(vector);
        HostMemory.requireWritable(memory);
        return memory;
    }

    private static MemorySegment inputOrNull(@Nullable DeviceVector vector) {
        return vector == null ? MemorySegment.NULL : input(vector);
    }

    private static MemorySegment outputOrNull(@Nullable DeviceVector vector) {
        return vector == null ? MemorySegment.NULL : output(vector);
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
        moreNumbers.close();
        pointers.close();
        morePointers.close();
    }
}
