package dev.dhmq.tensor;

import static java.lang.foreign.ValueLayout.ADDRESS;

import dev.dhmq.bindings.dhmq.Dhmq;
import dev.dhmq.bindings.dhmq_cuda.DhmqCuda;
import java.lang.foreign.MemorySegment;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The kernels on an NVIDIA GPU: the current device of the thread that makes the backend, which alone may use it and close its
 * vectors.
 *
 * <p>Vectors lie in device memory. Calls line up work in one stream and return; those that give numbers to the host wait for
 * it. By default that is CUDA's default stream, where LibTorch works too, so that its CUDA tensors may be wrapped and neither
 * side sees the other's work half done. A fault on the device shows at a later call than its own. Made by {@link Backends}.
 */
public final class CudaBackend extends CudaVectors {
    private static final int MOST_VECTORS = Dhmq.DHMQ_MAX_VECTORS();

    private final CudaArguments arguments;
    private final CudaLayout layouts;
    private final CudaResults results;
    private final CudaBuffer workspace = new CudaBuffer();
    private final CudaBuffer packedBytes = new CudaBuffer();

    /** Only once {@link CudaLibraries#failures()} is known to be empty. */
    CudaBackend() {
        this(new CudaStream(MemorySegment.NULL));
    }

    /** In a stream of the caller's, who closes it after the backend. */
    CudaBackend(CudaStream stream) {
        super(stream);
        this.arguments = new CudaArguments(stream);
        this.layouts = new CudaLayout(stream);
        this.results = new CudaResults(stream);
    }

    @Override
    public String name() {
        return "cuda";
    }

    @Override
    public String description() {
        return "cuda: " + CudaLibraries.deviceDescription();
    }

    /** Whether this is CUDA emulated on the CPU, of which no time says anything about a GPU. */
    public boolean isEmulated() {
        return CudaLibraries.emulation().isPresent();
    }

    /** What the device's memory moves at most, in bytes a second, from its clock and the width of its bus; 0 where it does not tell. */
    public double nominalBandwidth() {
        requireUse();
        return CudaLibraries.nominalBandwidth();
    }

    @Override
    public void searchScales(
            ParameterLayout layout,
            int[] bits,
            DeviceVector weights,
            float[] ratios,
            QuantizationParameters parameters) {
        Lengths.requireSearch(layout, bits, weights, ratios, parameters);
        MemorySegment table = layout(layout);
        CudaArguments.Slot slot = arguments.begin(bytesOf(bits), (long) Float.BYTES * ratios.length);
        MemorySegment deviceBits = slot.add(bits);
        MemorySegment deviceRatios = slot.add(ratios);
        slot.send();
        CudaStatus.checkKernel(
                "dhmq_cuda_search_scales",
                DhmqCuda.dhmq_cuda_search_scales(
                        table,
                        deviceBits,
                        in(weights),
                        deviceRatios,
                        ratios.length,
                        in(parameters.scales()),
                        inOrNull(parameters.zeroPoints()),
                        workspace.reserve(DhmqCuda.dhmq_cuda_search_scales_workspace(table, ratios.length)),
                        stream().handle()));
    }

    @Override
    public void fakeQuantize(
            ParameterLayout layout,
            int[] bits,
            DeviceVector weights,
            QuantizationParameters parameters,
            DeviceVector out) {
        Lengths.requireQuantization(layout, bits, weights, parameters, out);
        requireNoPartialOverlap(weights, out);
        CudaStatus.checkKernel(
                "dhmq_cuda_fake_quantize",
                DhmqCuda.dhmq_cuda_fake_quantize(
                        layout(layout),
                        sent(bits),
                        in(weights),
                        in(parameters.scales()),
                        inOrNull(parameters.zeroPoints()),
                        in(out),
                        stream().handle()));
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
        requireNoPartialOverlap(gradients, weightGradients);
        requireNoOverlap(weights, weightGradients);
        MemorySegment table = layout(layout);
        CudaStatus.checkKernel(
                "dhmq_cuda_fake_quantize_backward",
                DhmqCuda.dhmq_cuda_fake_quantize_backward(
                        table,
                        sent(bits),
                        in(weights),
                        in(parameters.scales()),
                        inOrNull(parameters.zeroPoints()),
                        in(gradients),
                        in(weightGradients),
                        inOrNull(scaleGradients),
                        workspace.reserve(DhmqCuda.dhmq_cuda_fake_quantize_backward_workspace(table)),
                        stream().handle()));
    }

    @Override
    public void pack(
            PackedLayout packing, DeviceVector weights, QuantizationParameters parameters, MemorySegment packed) {
        ParameterLayout layout = packing.layout();
        Lengths.requirePacking(packing, weights, parameters, packed);
        HostMemory.requireOutsideHeap(packed);
        HostMemory.requireWritable(packed);
        requireUse();
        CudaArguments.Slot slot = arguments.begin(packing);
        MemorySegment deviceBits = slot.add(packing.bits());
        MemorySegment offsets = slot.addOffsets(packing);
        slot.send();
        MemorySegment bytes = packedBytes.reserve(packing.bytes());
        CudaStatus.checkKernel(
                "dhmq_cuda_pack",
                DhmqCuda.dhmq_cuda_pack(
                        layout(layout),
                        deviceBits,
                        in(weights),
                        in(parameters.scales()),
                        inOrNull(parameters.zeroPoints()),
                        offsets,
                        bytes,
                        results.reserve(Integer.BYTES),
                        stream().handle()));
        if (results.integer() != 0) {
            throw PackedLayout.notFinite();
        }
        if (packing.bytes() > 0) {
            stream().copyToHost(bytes, packed, packing.bytes());
            stream().await();
        }
    }

    @Override
    public void unpack(
            PackedLayout packing, MemorySegment packed, QuantizationParameters parameters, DeviceVector out) {
        ParameterLayout layout = packing.layout();
        Lengths.requireUnpacking(packing, packed, parameters, out);
        HostMemory.requireOutsideHeap(packed);
        requireUse();
        CudaArguments.Slot slot = arguments.begin(packing);
        MemorySegment deviceBits = slot.add(packing.bits());
        MemorySegment offsets = slot.addOffsets(packing);
        slot.send();
        MemorySegment bytes = packedBytes.reserve(packing.bytes());
        if (packing.bytes() > 0) {
            stream().copyToDevice(packed, bytes, packing.bytes());
        }
        CudaStatus.checkKernel(
                "dhmq_cuda_unpack",
                DhmqCuda.dhmq_cuda_unpack(
                        layout(layout),
                        deviceBits,
                        bytes,
                        offsets,
                        in(parameters.scales()),
                        inOrNull(parameters.zeroPoints()),
                        in(out),
                        stream().handle()));
        // The caller may change the bytes once this returns.
        stream().await();
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
        MemorySegment table = layout(layout);
        int first = 0;
        do {
            int count = Math.min(MOST_VECTORS, vectors.size() - first);
            CudaArguments.Slot slot = arguments.begin(bytesOf(bits), VectorTable.bytes(count, bits.length));
            MemorySegment deviceBits = slot.add(bits);
            MemorySegment deviceVectors = slot.addTable(layout, vectors, first, count, this::address);
            slot.send();
            long products = (1L + count) * bits.length;
            CudaStatus.checkKernel(
                    "dhmq_cuda_perturbation_products",
                    DhmqCuda.dhmq_cuda_perturbation_products(
                            table,
                            deviceBits,
                            in(weights),
                            in(parameters.scales()),
                            inOrNull(parameters.zeroPoints()),
                            in(current),
                            deviceVectors,
                            count,
                            results.reserve(Double.BYTES * products),
                            workspace.reserve(DhmqCuda.dhmq_cuda_perturbation_products_workspace(table, count)),
                            stream().handle()));
            VectorTable.scatterBehindOne(results.doubles(products), first, count, out, 1 + vectors.size());
            first += count;
        } while (first < vectors.size());
    }

    @Override
    public void compactProducts(
            ParameterLayout layout, List<? extends LayerVector> vectors, DeviceVector x, double[] out) {
        int layerCount = layout.layers().size();
        Lengths.requireProducts(layout, vectors, x, out);
        MemorySegment table = layout(layout);
        for (int first = 0; first < vectors.size(); first += MOST_VECTORS) {
            int count = Math.min(MOST_VECTORS, vectors.size() - first);
            CudaArguments.Slot slot = arguments.begin(VectorTable.bytes(count, layerCount));
            MemorySegment deviceVectors = slot.addTable(layout, vectors, first, count, this::address);
            slot.send();
            long products = (long) count * layerCount;
            CudaStatus.checkKernel(
                    "dhmq_cuda_compact_products",
                    DhmqCuda.dhmq_cuda_compact_products(
                            table,
                            deviceVectors,
                            count,
                            in(x),
                            results.reserve(Double.BYTES * products),
                            workspace.reserve(DhmqCuda.dhmq_cuda_compact_products_workspace(table, count)),
                            stream().handle()));
            VectorTable.scatter(results.doubles(products), first, count, out, vectors.size());
        }
    }

    @Override
    public void segmentedDot(ParameterLayout layout, DeviceVector a, DeviceVector b, double[] out) {
        Lengths.requireDot(layout, a, b, out);
        MemorySegment table = layout(layout);
        CudaStatus.checkKernel(
                "dhmq_cuda_segmented_dot",
                DhmqCuda.dhmq_cuda_segmented_dot(
                        table,
                        in(a),
                        in(b),
                        results.reserve((long) Double.BYTES * out.length),
                        workspace.reserve(DhmqCuda.dhmq_cuda_segmented_dot_workspace(table)),
                        stream().handle()));
        VectorTable.scatter(results.doubles(out.length), 0, 1, out, 1);
    }

    @Override
    public void axpy(float alpha, DeviceVector x, DeviceVector y) {
        Lengths.requireEqual(x, y);
        MemorySegment in = in(x);
        MemorySegment out = in(y);
        CudaStatus.checkKernel(
                "dhmq_cuda_axpy",
                DhmqCuda.dhmq_cuda_axpy(x.length(), alpha, in, out, stream().handle()));
    }

    @Override
    public void scaleLayers(ParameterLayout layout, double[] factors, DeviceVector x) {
        Lengths.requireScaling(layout, factors, x);
        MemorySegment values = in(x);
        CudaArguments.Slot slot = arguments.begin((long) Double.BYTES * factors.length);
        MemorySegment deviceFactors = slot.add(factors);
        slot.send();
        CudaStatus.checkKernel(
                "dhmq_cuda_scale_layers",
                DhmqCuda.dhmq_cuda_scale_layers(
                        layout(layout), deviceFactors, values, stream().handle()));
    }

    @Override
    public void fillRademacher(long seed, long streamNumber, DeviceVector out) {
        MemorySegment memory = in(out);
        CudaStatus.checkKernel(
                "dhmq_cuda_fill_rademacher",
                DhmqCuda.dhmq_cuda_fill_rademacher(
                        seed, streamNumber, out.length(), memory, stream().handle()));
    }

    @Override
    public void twoLoopRecursion(
            ParameterLayout layout,
            List<? extends LayerVector> steps,
            List<DeviceVector> changes,
            double[] products,
            double[] inverseCurvature,
            DeviceVector direction) {
        int pairs = steps.size();
        Lengths.requireRecursion(layout, steps, changes, products, inverseCurvature, direction, MOST_VECTORS);
        MemorySegment table = layout(layout);
        CudaArguments.Slot slot = arguments.begin(
                VectorTable.bytes(pairs, inverseCurvature.length),
                ADDRESS.byteSize() * pairs,
                (long) Double.BYTES * products.length,
                (long) Double.BYTES * inverseCurvature.length);
        MemorySegment deviceSteps = slot.addTable(layout, steps, 0, pairs, this::address);
        MemorySegment deviceChanges = slot.addAddresses(changes, this::address);
        MemorySegment deviceProducts = slot.add(products);
        MemorySegment deviceInverse = slot.add(inverseCurvature);
        slot.send();
        CudaStatus.checkKernel(
                "dhmq_cuda_two_loop_recursion",
                DhmqCuda.dhmq_cuda_two_loop_recursion(
                        table,
                        deviceSteps,
                        deviceChanges,
                        deviceProducts,
                        pairs,
                        deviceInverse,
                        in(direction),
                        workspace.reserve(DhmqCuda.dhmq_cuda_two_loop_recursion_workspace(table, pairs)),
                        stream().handle()));
    }

    private static long bytesOf(int[] values) {
        return (long) Integer.BYTES * values.length;
    }

    /** Bits alone, which most kernels take. */
    private MemorySegment sent(int[] bits) {
        CudaArguments.Slot slot = arguments.begin(bytesOf(bits));
        MemorySegment place = slot.add(bits);
        slot.send();
        return place;
    }

    private MemorySegment layout(ParameterLayout layout) {
        requireUse();
        return layouts.of(layout);
    }

    @Override
    void closeKernels() {
        arguments.close();
        layouts.close();
        results.close();
        workspace.close();
        packedBytes.close();
    }
}
