package dev.dhmq.tensor;

import static java.lang.foreign.ValueLayout.ADDRESS;
import static java.lang.foreign.ValueLayout.JAVA_LONG;

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
public final class CudaBackend implements Backend {
    private static final int MOST_VECTORS = Dhmq.DHMQ_MAX_VECTORS();

    private final Thread owner = Thread.currentThread();
    private final CudaStream stream;
    private final CudaArguments arguments;
    private final CudaLayout layouts;
    private final CudaTransfer transfer;
    private final CudaResults results;
    private final CudaBuffer workspace = new CudaBuffer();
    private final CudaBuffer packedBytes = new CudaBuffer();
    private boolean closed;

    /** Only once {@link CudaLibraries#failures()} is known to be empty. */
    CudaBackend() {
        this(new CudaStream(MemorySegment.NULL));
    }

    /** In a stream of the caller's, who closes it after the backend. */
    CudaBackend(CudaStream stream) {
        this.stream = stream;
        this.arguments = new CudaArguments(stream);
        this.layouts = new CudaLayout(stream);
        this.transfer = new CudaTransfer(stream);
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

    /** Waits until all work is done that was lined up so far; what failed on the device since the last time shows here. */
    public void await() {
        requireUse();
        stream.await();
    }

    @Override
    public DeviceVector allocate(long length) {
        requireUse();
        MemorySegment memory = CudaMemory.allocate(Lengths.requireAllocatable(length));
        try {
            if (length > 0) {
                stream.fillWithZeros(memory);
            }
            return DeviceVector.onDevice(memory, length, () -> free(memory));
        } catch (CudaException e) {
            CudaMemory.free(memory);
            throw e;
        }
    }

    private void free(MemorySegment memory) {
        requireOwner();
        CudaMemory.free(memory);
    }

    /** Device memory of somebody else's as a vector, such as a CUDA tensor's. Host memory is refused: see {@link #share}. */
    @Override
    public DeviceVector wrap(MemorySegment memory) {
        requireUse();
        HostMemory.requireFloats(memory);
        if (!memory.isNative() || (memory.byteSize() > 0 && !CudaMemory.isOnDevice(memory))) {
            throw new IllegalArgumentException("The CUDA backend cannot compute in host memory.");
        }
        return DeviceVector.onDevice(memory, memory.byteSize() / Float.BYTES, () -> {});
    }

    @Override
    public SharedVector share(MemorySegment memory) {
        requireUse();
        if (memory.isNative() && CudaMemory.isOnDevice(memory)) {
            return SharedVector.inPlace(wrap(memory));
        }
        HostMemory.requireFloats(memory);
        DeviceVector twin = allocate(memory.byteSize() / Float.BYTES);
        return SharedVector.copied(twin, () -> copyToHost(twin, memory), () -> copyFromHost(memory, twin));
    }

    private void copyToHost(DeviceVector from, MemorySegment memory) {
        MemorySegment device = in(from);
        if (device.byteSize() > 0) {
            stream.copyToHost(device, memory, device.byteSize());
        }
        stream.await();
    }

    private void copyFromHost(MemorySegment memory, DeviceVector to) {
        MemorySegment device = in(to);
        if (device.byteSize() > 0) {
            stream.copyToDevice(memory, device, device.byteSize());
        }
        // The memory is not pinned, but who owns it may be quicker than the driver.
        stream.await();
    }

    @Override
    public void copy(DeviceVector from, DeviceVector to) {
        Lengths.requireEqual(from, to);
        requireNoOverlap(from, to);
        MemorySegment source = in(from);
        MemorySegment destination = in(to);
        if (source.byteSize() > 0) {
            stream.copyOnDevice(source, destination, source.byteSize());
        }
    }

    @Override
    public void write(float[] values, DeviceVector to) {
        Lengths.require("The destination", to.length(), values.length);
        transfer.write(values, in(to));
    }

    @Override
    public float[] read(DeviceVector from) {
        MemorySegment device = in(from);
        float[] values = new float[Lengths.requireFitsArray(from)];
        transfer.read(device, values);
        return values;
    }

    @Override
    public void searchScales(
            ParameterLayout layout,
            int[] bits,
            DeviceVector weights,
            float[] ratios,
            QuantizationParameters parameters) {
        Lengths.requireBits(layout, bits);
        Lengths.require("The vector of weights", weights.length(), layout.size());
        Lengths.requireParameters(layout, parameters);
        Lengths.requireRatios(ratios);
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
                        stream.handle()));
    }

    @Override
    public void fakeQuantize(
            ParameterLayout layout,
            int[] bits,
            DeviceVector weights,
            QuantizationParameters parameters,
            DeviceVector out) {
        Lengths.requireBits(layout, bits);
        Lengths.require("The vector of weights", weights.length(), layout.size());
        Lengths.requireParameters(layout, parameters);
        Lengths.require("The vector of results", out.length(), layout.size());
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
                        stream.handle()));
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
                        stream.handle()));
    }

    @Override
    public void pack(
            PackedLayout packing, DeviceVector weights, QuantizationParameters parameters, MemorySegment packed) {
        ParameterLayout layout = packing.layout();
        Lengths.require("The vector of weights", weights.length(), layout.size());
        Lengths.requireParameters(layout, parameters);
        Lengths.requirePacked(packing, packed);
        HostMemory.requireOutsideHeap(packed);
        HostMemory.requireWritable(packed);
        CudaArguments.Slot slot = arguments(packing);
        MemorySegment deviceBits = slot.add(packing.bits());
        MemorySegment offsets = addOffsets(packing, slot);
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
                        stream.handle()));
        if (results.integer() != 0) {
            throw PackedLayout.notFinite();
        }
        if (packing.bytes() > 0) {
            stream.copyToHost(bytes, packed, packing.bytes());
            stream.await();
        }
    }

    @Override
    public void unpack(
            PackedLayout packing, MemorySegment packed, QuantizationParameters parameters, DeviceVector out) {
        ParameterLayout layout = packing.layout();
        Lengths.require("The vector of results", out.length(), layout.size());
        Lengths.requireParameters(layout, parameters);
        Lengths.requirePacked(packing, packed);
        HostMemory.requireOutsideHeap(packed);
        CudaArguments.Slot slot = arguments(packing);
        MemorySegment deviceBits = slot.add(packing.bits());
        MemorySegment offsets = addOffsets(packing, slot);
        slot.send();
        MemorySegment bytes = packedBytes.reserve(packing.bytes());
        if (packing.bytes() > 0) {
            stream.copyToDevice(packed, bytes, packing.bytes());
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
                        stream.handle()));
        // The caller may change the bytes once this returns.
        stream.await();
    }

    private CudaArguments.Slot arguments(PackedLayout packing) {
        requireUse();
        int layers = packing.layout().layers().size();
        return arguments.begin((long) Integer.BYTES * layers, (long) Long.BYTES * layers);
    }

    private static MemorySegment addOffsets(PackedLayout packing, CudaArguments.Slot slot) {
        int layers = packing.layout().layers().size();
        MemorySegment place = slot.room((long) Long.BYTES * layers);
        for (int l = 0; l < layers; l++) {
            slot.written().setAtIndex(JAVA_LONG, l, packing.offset(l));
        }
        return place;
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
        Lengths.requireBits(layout, bits);
        Lengths.require("The vector of weights", weights.length(), layout.size());
        Lengths.requireParameters(layout, parameters);
        Lengths.require("The vector of current weights", current.length(), layout.size());
        Lengths.requireAll("A vector to multiply with", vectors, layout);
        Lengths.require("The array of results", out.length, (1L + vectors.size()) * bits.length);
        MemorySegment table = layout(layout);
        int first = 0;
        do {
            int count = Math.min(MOST_VECTORS, vectors.size() - first);
            CudaArguments.Slot slot = arguments.begin(bytesOf(bits), VectorTable.bytes(count, bits.length));
            MemorySegment deviceBits = slot.add(bits);
            MemorySegment deviceVectors = addTable(layout, vectors, first, count, slot);
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
                            stream.handle()));
            VectorTable.scatterBehindOne(results.doubles(products), first, count, out, 1 + vectors.size());
            first += count;
        } while (first < vectors.size());
    }

    @Override
    public void compactProducts(
            ParameterLayout layout, List<? extends LayerVector> vectors, DeviceVector x, double[] out) {
        int layerCount = layout.layers().size();
        Lengths.requireAll("A vector to multiply with", vectors, layout);
        Lengths.require("The vector to multiply", x.length(), layout.size());
        Lengths.require("The array of results", out.length, (long) vectors.size() * layerCount);
        MemorySegment table = layout(layout);
        for (int first = 0; first < vectors.size(); first += MOST_VECTORS) {
            int count = Math.min(MOST_VECTORS, vectors.size() - first);
            CudaArguments.Slot slot = arguments.begin(VectorTable.bytes(count, layerCount));
            MemorySegment deviceVectors = addTable(layout, vectors, first, count, slot);
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
                            stream.handle()));
            VectorTable.scatter(results.doubles(products), first, count, out, vectors.size());
        }
    }

    @Override
    public void segmentedDot(ParameterLayout layout, DeviceVector a, DeviceVector b, double[] out) {
        Lengths.require("The vector of left factors", a.length(), layout.size());
        Lengths.require("The vector of right factors", b.length(), layout.size());
        Lengths.require("The array of results", out.length, layout.layers().size());
        MemorySegment table = layout(layout);
        CudaStatus.checkKernel(
                "dhmq_cuda_segmented_dot",
                DhmqCuda.dhmq_cuda_segmented_dot(
                        table,
                        in(a),
                        in(b),
                        results.reserve((long) Double.BYTES * out.length),
                        workspace.reserve(DhmqCuda.dhmq_cuda_segmented_dot_workspace(table)),
                        stream.handle()));
        VectorTable.scatter(results.doubles(out.length), 0, 1, out, 1);
    }

    @Override
    public void axpy(float alpha, DeviceVector x, DeviceVector y) {
        Lengths.requireEqual(x, y);
        MemorySegment in = in(x);
        MemorySegment out = in(y);
        CudaStatus.checkKernel("dhmq_cuda_axpy", DhmqCuda.dhmq_cuda_axpy(x.length(), alpha, in, out, stream.handle()));
    }

    @Override
    public void scaleLayers(ParameterLayout layout, double[] factors, DeviceVector x) {
        Lengths.require("The vector of values", x.length(), layout.size());
        Lengths.require("The array of factors", factors.length, layout.layers().size());
        MemorySegment values = in(x);
        CudaArguments.Slot slot = arguments.begin((long) Double.BYTES * factors.length);
        MemorySegment deviceFactors = slot.add(factors);
        slot.send();
        CudaStatus.checkKernel(
                "dhmq_cuda_scale_layers",
                DhmqCuda.dhmq_cuda_scale_layers(layout(layout), deviceFactors, values, stream.handle()));
    }

    @Override
    public void fillRademacher(long seed, long streamNumber, DeviceVector out) {
        MemorySegment memory = in(out);
        CudaStatus.checkKernel(
                "dhmq_cuda_fill_rademacher",
                DhmqCuda.dhmq_cuda_fill_rademacher(seed, streamNumber, out.length(), memory, stream.handle()));
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
        MemorySegment deviceSteps = addTable(layout, steps, 0, pairs, slot);
        MemorySegment deviceChanges = addAddresses(changes, slot);
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
                        stream.handle()));
    }

    private MemorySegment addTable(
            ParameterLayout layout,
            List<? extends LayerVector> vectors,
            int first,
            int count,
            CudaArguments.Slot slot) {
        MemorySegment place = slot.room(VectorTable.bytes(count, layout.layers().size()));
        VectorTable.write(layout, vectors, first, count, vector -> in(vector).address(), slot.written());
        return place;
    }

    private MemorySegment addAddresses(List<DeviceVector> vectors, CudaArguments.Slot slot) {
        MemorySegment place = slot.room(ADDRESS.byteSize() * vectors.size());
        for (int k = 0; k < vectors.size(); k++) {
            slot.written().setAtIndex(JAVA_LONG, k, in(vectors.get(k)).address());
        }
        return place;
    }

    /** Working in place is fine; writing what is still to be read is not. */
    private void requireNoPartialOverlap(DeviceVector from, DeviceVector to) {
        if (in(from).address() != in(to).address()) {
            requireNoOverlap(from, to);
        }
    }

    private void requireNoOverlap(DeviceVector from, DeviceVector to) {
        if (in(from).asOverlappingSlice(in(to)).isPresent()) {
            throw new IllegalArgumentException("The results would overwrite what they are made from.");
        }
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

    private MemorySegment in(DeviceVector vector) {
        requireUse();
        return vector.deviceMemory();
    }

    private MemorySegment inOrNull(@Nullable DeviceVector vector) {
        return vector == null ? MemorySegment.NULL : in(vector);
    }

    private void requireUse() {
        requireOwner();
        if (closed) {
            throw new IllegalStateException("The backend is closed.");
        }
    }

    /** The current device, and the order of calls, belong to a thread. */
    private void requireOwner() {
        if (Thread.currentThread() != owner) {
            throw new IllegalStateException(
                    "The CUDA backend belongs to the thread " + owner.getName() + " that made it, but was called by "
                            + Thread.currentThread().getName() + ".");
        }
    }

    @Override
    public void close() {
        requireOwner();
        if (!closed) {
            closed = true;
            arguments.close();
            layouts.close();
            transfer.close();
            results.close();
            workspace.close();
            packedBytes.close();
        }
    }
}
