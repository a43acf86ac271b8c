package dev.dhmq.benchmarks;

import static dev.dhmq.tensor.QuantizationParameters.symmetric;

import dev.dhmq.tensor.Backend;
import dev.dhmq.tensor.DeviceVector;
import dev.dhmq.tensor.LayerSlices;
import dev.dhmq.tensor.LayerVector;
import dev.dhmq.tensor.PackedLayout;
import dev.dhmq.tensor.ParameterLayout;
import dev.dhmq.tensor.QuantizationParameters;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.SplittableRandom;
import java.util.stream.Stream;

/** The vectors that a search holds for a network, with ten curvature pairs. */
final class KernelInputs implements AutoCloseable {
    private static final int PAIRS = 10;
    private static final long SEED = 20260101;

    final ParameterLayout layout;
    final int[] bits;
    final float[] ratios = new float[16];
    final double[] ones;
    final double[] products = new double[PAIRS * PAIRS];
    final double[] dots;
    final double[] rows;
    final double[] tenRows;
    final DeviceVector weights;
    final DeviceVector current;
    final DeviceVector out;
    final DeviceVector scaleGradients;
    final QuantizationParameters parameters;
    final List<DeviceVector> steps = new ArrayList<>();
    final List<LayerSlices> slicedSteps = new ArrayList<>();
    final List<DeviceVector> changes = new ArrayList<>();
    final PackedLayout packing;
    final MemorySegment packed;

    final Backend backend;
    private final Arena arena = Arena.ofShared();
    private final SplittableRandom random = new SplittableRandom(SEED);

    KernelInputs(Backend backend, ParameterLayout layout) {
        this.backend = backend;
        this.layout = layout;
        int layers = layout.layers().size();
        bits = new int[layers];
        Arrays.setAll(bits, l -> 2 + l % 7);
        for (int r = 0; r < ratios.length; r++) {
            ratios[r] = 1 - 0.04f * r;
        }
        ones = new double[layers];
        Arrays.fill(ones, 1);
        dots = new double[layers];
        rows = new double[(1 + 2 * PAIRS) * layers];
        tenRows = new double[PAIRS * layers];
        weights = vector();
        current = vector();
        out = vector();
        parameters = symmetric(backend.allocate(layout.channels()));
        scaleGradients = backend.allocate(layout.channels());
        backend.searchScales(layout, bits, weights, ratios, parameters);
        for (int k = 0; k < PAIRS; k++) {
            steps.add(vector());
            slicedSteps.add(LayerSlices.copyOf(backend, layout, steps.get(k), k % layers));
            changes.add(vector());
            // So curved that the recursion hardly moves its vector, however often it is repeated.
            products[k * PAIRS + k] = 1e30;
        }
        packing = PackedLayout.of(layout, bits);
        packed = arena.allocate(packing.bytes());
        backend.pack(packing, weights, parameters, packed);
    }

    /** All steps whole, then all changes. */
    List<LayerVector> wholeVectors() {
        return Stream.<LayerVector>concat(steps.stream(), changes.stream()).toList();
    }

    /** All steps as a search keeps them, for the layer that moved alone, then all changes. */
    List<LayerVector> slicedVectors() {
        return Stream.<LayerVector>concat(slicedSteps.stream(), changes.stream())
                .toList();
    }

    /** Values between -1 and 1, written a piece at a time: a network has more than fit an array in comfort. */
    private DeviceVector vector() {
        DeviceVector vector = backend.allocate(layout.size());
        float[] piece = new float[1 << 16];
        for (long begin = 0; begin < layout.size(); begin += piece.length) {
            for (int i = 0; i < piece.length; i++) {
                piece[i] = (float) (random.nextInt() * 0x1p-31);
            }
            int count = (int) Math.min(piece.length, layout.size() - begin);
            backend.write(count == piece.length ? piece : Arrays.copyOf(piece, count), vector.slice(begin, count));
        }
        return vector;
    }

    @Override
    public void close() {
        Stream.of(weights, current, out, scaleGradients, parameters.scales()).forEach(DeviceVector::close);
        steps.forEach(DeviceVector::close);
        slicedSteps.forEach(LayerSlices::close);
        changes.forEach(DeviceVector::close);
        arena.close();
    }
}
