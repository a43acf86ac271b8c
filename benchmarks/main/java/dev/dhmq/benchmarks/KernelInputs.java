package dev.dhmq.benchmarks;

import dev.dhmq.tensor.Backend;
import dev.dhmq.tensor.DeviceVector;
import dev.dhmq.tensor.ParameterLayout;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;

/** A network's worth of 3x3 convolutions over 64 channels, and the vectors that a search holds for it. */
final class KernelInputs implements AutoCloseable {
    private static final int CHANNELS = 128;
    private static final int CHANNEL_SIZE = 64 * 3 * 3;
    private static final int PAIRS = 10;
    private static final long SEED = 20260101;

    final ParameterLayout layout;
    final int[] bits;
    final float[] ratios = new float[20];
    final double[] ones;
    final DeviceVector weights;
    final DeviceVector current;
    final DeviceVector scales;
    final DeviceVector out;
    final List<DeviceVector> s = new ArrayList<>();
    final List<DeviceVector> y = new ArrayList<>();

    private final Random random = new Random(SEED);

    /** About {@code size} weights, whole layers of them. */
    KernelInputs(Backend backend, int size) {
        List<ParameterLayout.Shape> shapes = new ArrayList<>();
        for (int l = 0; l < Math.max(1, size / (CHANNELS * CHANNEL_SIZE)); l++) {
            shapes.add(new ParameterLayout.Shape("layer" + l, CHANNELS, CHANNEL_SIZE));
        }
        layout = ParameterLayout.of(shapes);
        bits = new int[shapes.size()];
        Arrays.setAll(bits, l -> 2 + l % 7);
        for (int r = 0; r < ratios.length; r++) {
            ratios[r] = 1 - 0.03f * r;
        }
        ones = new double[shapes.size()];
        Arrays.fill(ones, 1);
        weights = normal(backend);
        current = normal(backend);
        out = normal(backend);
        scales = backend.allocate(layout.channels());
        backend.searchScales(layout, bits, weights, ratios, scales);
        for (int k = 0; k < PAIRS; k++) {
            // With y = s and H0 = I the recursion is the identity, so repeating it neither grows nor shrinks its
            // vector.
            DeviceVector step = normal(backend);
            DeviceVector change = backend.allocate(layout.size());
            backend.copy(step, change);
            s.add(step);
            y.add(change);
        }
    }

    private DeviceVector normal(Backend backend) {
        float[] values = new float[Math.toIntExact(layout.size())];
        for (int i = 0; i < values.length; i++) {
            values[i] = (float) random.nextGaussian();
        }
        DeviceVector vector = backend.allocate(values.length);
        backend.write(values, vector);
        return vector;
    }

    /** Room for the perturbation products with the {@link #PAIRS} steps. */
    double[] products() {
        return new double[(1 + PAIRS) * layout.layers().size()];
    }

    @Override
    public void close() {
        List.of(weights, current, scales, out).forEach(DeviceVector::close);
        s.forEach(DeviceVector::close);
        y.forEach(DeviceVector::close);
    }
}
