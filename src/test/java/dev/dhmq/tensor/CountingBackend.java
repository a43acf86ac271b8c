package dev.dhmq.tensor;

import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** The reference backend, remembering what it allocated: tests ask it which vectors nobody closed. */
public final class CountingBackend implements Backend {
    private final Backend backend = new ReferenceBackend();
    private final List<DeviceVector> allocated = new ArrayList<>();
    private int most;

    /** Vectors allocated and not closed yet. */
    public int open() {
        allocated.removeIf(CountingBackend::isClosed);
        return allocated.size();
    }

    /** The largest number that was ever open at once. */
    public int mostOpen() {
        return most;
    }

    private static boolean isClosed(DeviceVector vector) {
        try {
            return vector.memory().byteSize() < 0;
        } catch (IllegalStateException closed) {
            return true;
        }
    }

    @Override
    public DeviceVector allocate(long length) {
        DeviceVector vector = backend.allocate(length);
        allocated.add(vector);
        most = Math.max(most, open());
        return vector;
    }

    @Override
    public String name() {
        return backend.name();
    }

    @Override
    public String description() {
        return backend.description();
    }

    @Override
    public DeviceVector wrap(MemorySegment memory) {
        return backend.wrap(memory);
    }

    @Override
    public SharedVector share(MemorySegment memory) {
        return backend.share(memory);
    }

    @Override
    public void copy(DeviceVector from, DeviceVector to) {
        backend.copy(from, to);
    }

    @Override
    public void write(float[] values, DeviceVector to) {
        backend.write(values, to);
    }

    @Override
    public float[] read(DeviceVector from) {
        return backend.read(from);
    }

    @Override
    public void searchScales(
            ParameterLayout layout,
            int[] bits,
            DeviceVector weights,
            float[] ratios,
            QuantizationParameters parameters) {
        backend.searchScales(layout, bits, weights, ratios, parameters);
    }

    @Override
    public void fakeQuantize(
            ParameterLayout layout,
            int[] bits,
            DeviceVector weights,
            QuantizationParameters parameters,
            DeviceVector out) {
        backend.fakeQuantize(layout, bits, weights, parameters, out);
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
        backend.fakeQuantizeBackward(layout, bits, weights, parameters, gradients, weightGradients, scaleGradients);
    }

    @Override
    public void pack(
            PackedLayout packing, DeviceVector weights, QuantizationParameters parameters, MemorySegment packed) {
        backend.pack(packing, weights, parameters, packed);
    }

    @Override
    public void unpack(
            PackedLayout packing, MemorySegment packed, QuantizationParameters parameters, DeviceVector out) {
        backend.unpack(packing, packed, parameters, out);
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
        backend.perturbationProducts(layout, bits, weights, parameters, current, vectors, out);
    }

    @Override
    public void compactProducts(
            ParameterLayout layout, List<? extends LayerVector> vectors, DeviceVector x, double[] out) {
        backend.compactProducts(layout, vectors, x, out);
    }

    @Override
    public void segmentedDot(ParameterLayout layout, DeviceVector a, DeviceVector b, double[] out) {
        backend.segmentedDot(layout, a, b, out);
    }

    @Override
    public void axpy(float alpha, DeviceVector x, DeviceVector y) {
        backend.axpy(alpha, x, y);
    }

    @Override
    public void scaleLayers(ParameterLayout layout, double[] factors, DeviceVector x) {
        backend.scaleLayers(layout, factors, x);
    }

    @Override
    public void fillRademacher(long seed, long stream, DeviceVector out) {
        backend.fillRademacher(seed, stream, out);
    }

    @Override
    public void twoLoopRecursion(
            ParameterLayout layout,
            List<? extends LayerVector> steps,
            List<DeviceVector> changes,
            double[] products,
            double[] inverseCurvature,
            DeviceVector direction) {
        backend.twoLoopRecursion(layout, steps, changes, products, inverseCurvature, direction);
    }

    @Override
    public void close() {
        backend.close();
    }
}
