package dev.dhmq.curvature;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dev.dhmq.tensor.CountingBackend;
import dev.dhmq.tensor.DeviceVector;
import dev.dhmq.tensor.Layer;
import dev.dhmq.tensor.ParameterLayout;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** H by the two-loop recursion and B by the compact form are each other's inverse, and B is definite. */
class TwoLoopRecursionTest {
    private static final long SEED = 90125;
    private static final ParameterLayout LAYOUT = ParameterLayout.of(List.of(
            new ParameterLayout.Shape("a", 2, 4),
            new ParameterLayout.Shape("b", 1, 5),
            new ParameterLayout.Shape("c", 3, 2)));
    private static final int N = (int) LAYOUT.size();

    private final CountingBackend backend = new CountingBackend();
    private final Random random = new Random(SEED);
    private final double[] t = {0.5, 2, 4};

    @AfterEach
    void everyVectorIsClosed() {
        assertThat(backend.open()).isZero();
    }

    @ParameterizedTest
    @CsvSource({"0, 3", "3, 0", "3, 1", "3, 3", "3, 7"})
    void hIsTheInverseOfBFromBothSides(int capacity, int pairs) {
        try (LbfgsMemory memory = filled(capacity, pairs)) {
            CompactHessian hessian = new CompactHessian(backend, LAYOUT, memory, t);
            double[] v = uniform();
            // Float vectors, and a condition number of B of some tens.
            assertClose(inverse(memory, multiply(hessian, v)), v, 1e-4);
            assertClose(multiply(hessian, inverse(memory, v)), v, 1e-4);
        }
    }

    @Test
    void withoutPairsHDividesEveryLayerByItsCurvature() {
        try (LbfgsMemory memory = filled(3, 0)) {
            double[] v = uniform();
            double[] expected = v.clone();
            for (int l = 0; l < t.length; l++) {
                Layer layer = LAYOUT.layer(l);
                for (int i = (int) layer.offset(); i < layer.offset() + layer.size(); i++) {
                    expected[i] /= t[l];
                }
            }
            assertClose(inverse(memory, v), expected, 1e-6); // some float roundings
        }
    }

    @Test
    void hFollowsStartingCurvaturesThatChange() {
        try (LbfgsMemory memory = filled(3, 3)) {
            CompactHessian hessian = new CompactHessian(backend, LAYOUT, memory, t);
            t[1] = 9;
            hessian.setCurvature(1, 9);
            double[] v = uniform();
            assertClose(inverse(memory, multiply(hessian, v)), v, 1e-4);
        }
    }

    @Test
    void hTakesTheNewestChangeToItsStep() {
        try (LbfgsMemory memory = filled(3, 5)) {
            CurvaturePair newest = memory.pairs().getLast();
            assertClose(
                    inverse(memory, Dense.doubles(backend.read(newest.y()))),
                    Dense.doubles(backend.read(newest.s().values())),
                    1e-4);
        }
    }

    /** Column by column, and by Cholesky's pivots: no direction is left out, as a sample of them would. */
    @Test
    void bIsSymmetricAndPositiveDefiniteAfterPairsOfNegativeCurvature() {
        try (LbfgsMemory memory = new LbfgsMemory(backend, LAYOUT, 4)) {
            CompactHessian hessian = new CompactHessian(backend, LAYOUT, memory, t);
            int damped = 0;
            for (int k = 0; k < 6; k++) {
                double[] s = uniform();
                double[] y = Arrays.stream(s).map(x -> -3 * x).toArray();
                DeviceVector step = vector(s);
                DeviceVector change =
                        vector(k % 2 == 0 ? y : Arrays.stream(s).map(x -> 2 * x).toArray());
                boolean changed = hessian.damp(step, change);
                damped += changed ? 1 : 0;
                memory.add(new CurvaturePair(step, change, changed));
            }
            assertThat(damped).isGreaterThanOrEqualTo(3);
            double[][] b = new double[N][];
            for (int i = 0; i < N; i++) {
                double[] unit = new double[N];
                unit[i] = 1;
                b[i] = multiply(hessian, unit);
            }
            for (int i = 0; i < N; i++) {
                for (int j = 0; j < i; j++) {
                    // Sums of floats of size t.
                    assertThat(b[i][j]).as("seed %d, %d, %d", SEED, i, j).isCloseTo(b[j][i], within(1e-5));
                }
            }
            assertThat(Arrays.stream(choleskyPivots(b)).min().orElseThrow())
                    .as("seed %d", SEED)
                    .isGreaterThan(1e-4);
        }
    }

    private static double[] choleskyPivots(double[][] matrix) {
        double[][] a = Arrays.stream(matrix).map(double[]::clone).toArray(double[][]::new);
        double[] pivots = new double[a.length];
        for (int k = 0; k < a.length; k++) {
            pivots[k] = a[k][k];
            for (int i = k + 1; i < a.length; i++) {
                double factor = a[i][k] / a[k][k];
                for (int j = k; j < a.length; j++) {
                    a[i][j] -= factor * a[k][j];
                }
            }
        }
        return pivots;
    }

    /** Pairs of a diagonal Hessian with eigenvalues 0.5 to 5. */
    private LbfgsMemory filled(int capacity, int pairs) {
        LbfgsMemory memory = new LbfgsMemory(backend, LAYOUT, capacity);
        for (int k = 0; k < pairs; k++) {
            double[] s = uniform();
            double[] y = new double[N];
            Arrays.setAll(y, i -> s[i] * (0.5 + 4.5 * i / (N - 1)));
            memory.add(new CurvaturePair(vector(s), vector(y), false));
        }
        return memory;
    }

    private double[] inverse(LbfgsMemory memory, double[] v) {
        try (DeviceVector direction = vector(v)) {
            TwoLoopRecursion.apply(backend, LAYOUT, memory, t, direction);
            return Dense.doubles(backend.read(direction));
        }
    }

    private double[] multiply(CompactHessian hessian, double[] v) {
        try (DeviceVector in = vector(v);
                DeviceVector out = backend.allocate(N)) {
            hessian.multiply(in, out);
            return Dense.doubles(backend.read(out));
        }
    }

    /** Differences at most {@code tolerance} of the largest expected number. */
    private static void assertClose(double[] actual, double[] expected, double tolerance) {
        double largest = Arrays.stream(expected).map(Math::abs).max().orElse(0);
        assertThat(actual).as("seed %d", SEED).containsExactly(expected, within(tolerance * largest));
    }

    private double[] uniform() {
        return random.doubles(N, -1, 1).toArray();
    }

    private DeviceVector vector(double[] values) {
        DeviceVector vector = backend.allocate(values.length);
        backend.write(Dense.floats(values), vector);
        return vector;
    }
}
