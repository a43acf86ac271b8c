package dev.dhmq.curvature;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import dev.dhmq.tensor.CountingBackend;
import dev.dhmq.tensor.DeviceVector;
import dev.dhmq.tensor.Layer;
import dev.dhmq.tensor.ParameterLayout;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The compact form against the dense BFGS matrix built pair by pair. */
class CompactHessianTest {
    private static final long SEED = 4711;
    private static final ParameterLayout LAYOUT = ParameterLayout.of(List.of(
            new ParameterLayout.Shape("a", 2, 5),
            new ParameterLayout.Shape("b", 1, 7),
            new ParameterLayout.Shape("c", 3, 3)));
    private static final int N = (int) LAYOUT.size();

    private final CountingBackend backend = new CountingBackend();
    private final Random random = new Random(SEED);
    private final LbfgsMemory memory = new LbfgsMemory(backend, LAYOUT, 4);
    private final CompactHessian hessian = new CompactHessian(backend, LAYOUT, memory, new double[] {0.5, 2, 8});

    /** A positive definite Hessian whose eigenvalues span three decades. */
    private double[][] truth = new double[N][N];

    @BeforeEach
    void drawAHessian() {
        for (int k = 0; k < N; k++) {
            double[] direction = gaussian(1);
            double eigenvalue = Math.pow(10, 3.0 * k / N - 1) / N;
            for (int i = 0; i < N; i++) {
                for (int j = 0; j < N; j++) {
                    truth[i][j] += eigenvalue * direction[i] * direction[j];
                }
            }
        }
    }

    @AfterEach
    void everyVectorIsClosed() {
        memory.close();
        assertThat(backend.open()).isZero();
    }

    @ParameterizedTest
    @ValueSource(ints = {0, 1, 3, 4, 6})
    void multiplyEqualsTheDenseMatrixOfTheNewestPairs(int pairs) {
        addPairs(pairs);
        assertMultiplies(dense(0.5, 2, 8));
    }

    @Test
    void startingCurvaturesMayChangeBetweenCalls() {
        addPairs(3);
        hessian.setCurvature(1, 40);
        assertMultiplies(dense(0.5, 40, 8));
    }

    @Test
    void stepsOfVeryDifferentLengthsKeepTheirPlace() {
        addPair(1e3);
        addPair(1e-3);
        addPair(1);
        assertMultiplies(dense(0.5, 2, 8));
    }

    @Test
    void theNewestPairMeetsTheSecantEquation() {
        addPairs(6);
        CurvaturePair newest = memory.pairs().getLast();
        // B s is summed in float from terms up to a few times |y|.
        assertClose(multiply(read(newest.s().values())), read(newest.y()), 1e-5);
    }

    @Test
    void quadraticFormsAreThoseOfEachLayersBlock() {
        addPairs(4);
        double[][] dense = dense(0.5, 2, 8);
        double[] d = gaussian(0.1);
        double[][] products = new double[3][1 + 8];
        try (DeviceVector perturbation = vector(d)) {
            fill(products, 0, memory.dots(perturbation, perturbation));
            for (int k = 0; k < 8; k++) {
                fill(products, 1 + k, memory.dots(memory.vectors().get(k), perturbation));
            }
        }
        double[] forms = hessian.quadraticForms(products, 1);
        for (int l = 0; l < 3; l++) {
            double[] alone = only(LAYOUT.layer(l), d);
            // All sums are double; D itself was rounded to float, 6e-8 of it.
            double exact = Dense.dot(alone, Dense.times(dense, alone));
            assertThat(forms[l]).as("seed %d, layer %d", SEED, l).isCloseTo(exact, within(1e-6 * exact));
        }
    }

    @Test
    void theTwoLoopRecursionAppliesTheInverse() {
        addPairs(4);
        double[] v = gaussian(1);
        try (DeviceVector direction = vector(multiply(v))) {
            TwoLoopRecursion.apply(backend, LAYOUT, memory, new double[] {0.5, 2, 8}, direction);
            // Float vectors, and a condition number of B of a few hundred.
            assertClose(read(direction), v, 1e-4);
        }
    }

    @Test
    void enoughCurvatureIsNotDamped() {
        addPairs(2);
        double[] step = gaussian(1);
        double[] change = Dense.times(dense(0.5, 2, 8), step);
        try (DeviceVector s = vector(step);
                DeviceVector y = vector(change)) {
            double[] before = read(y);
            assertThat(hessian.damp(s, y)).isFalse();
            assertThat(read(y)).containsExactly(before);
        }
    }

    @ParameterizedTest
    @ValueSource(doubles = {0.1, 0, -0.5, -30})
    void littleOrNegativeCurvatureIsDampedToAFifthOfTheModels(double share) {
        addPairs(3);
        double[] step = gaussian(1);
        double[][] dense = dense(0.5, 2, 8);
        double[] change = Dense.times(dense, step);
        Arrays.setAll(change, i -> share * change[i]);
        try (DeviceVector s = vector(step);
                DeviceVector y = vector(change)) {
            assertThat(hessian.damp(s, y)).isTrue();
            double sBs = Dense.dot(step, Dense.times(dense, step));
            double sy = Dense.dot(read(s), read(y));
            // Procedure 18.2 makes s.y exactly 0.2 s'Bs; y is a float vector.
            assertThat(sy / sBs).isCloseTo(0.2, within(1e-4));
        }
    }

    @Test
    void bStaysPositiveDefiniteAfterDampedPairsAndNewStartingCurvatures() {
        for (int k = 0; k < 6; k++) {
            DeviceVector s = vector(gaussian(1));
            DeviceVector y = vector(gaussian(1)); // unrelated to s: negative curvature half of the time
            memory.add(new CurvaturePair(s, y, hessian.damp(s, y)));
            hessian.setCurvature(k % 3, 0.1 + random.nextDouble());
        }
        assertThat(memory.pairs()).anyMatch(CurvaturePair::damped);
        for (int k = 0; k < 100; k++) {
            try (DeviceVector v = vector(gaussian(1))) {
                assertThat(hessian.quadraticForm(v))
                        .as("seed %d, draw %d", SEED, k)
                        .isPositive();
            }
        }
    }

    @ParameterizedTest
    @ValueSource(doubles = {0, -1, Double.NaN})
    void aStartingCurvatureThatIsNotPositiveIsRefused(double curvature) {
        assertThatThrownBy(() -> hessian.setCurvature(1, curvature))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("The curvature of b must be positive");
    }

    private void addPairs(int count) {
        for (int k = 0; k < count; k++) {
            addPair(1);
        }
    }

    private void addPair(double length) {
        double[] step = gaussian(length);
        memory.add(new CurvaturePair(vector(step), vector(Dense.times(truth, step)), false));
    }

    /** BFGS updates of B0 with the pairs in memory, as rounded there. */
    private double[][] dense(double... t) {
        double[] diagonal = new double[N];
        for (int l = 0; l < t.length; l++) {
            Layer layer = LAYOUT.layer(l);
            Arrays.fill(diagonal, (int) layer.offset(), (int) (layer.offset() + layer.size()), t[l]);
        }
        return Dense.bfgs(
                Dense.diagonal(diagonal),
                memory.pairs().stream().map(pair -> read(pair.s().values())).toList(),
                memory.pairs().stream().map(pair -> read(pair.y())).toList());
    }

    private void assertMultiplies(double[][] dense) {
        double[] v = gaussian(1);
        // The product is summed in float, pair by pair.
        assertClose(multiply(v), Dense.times(dense, v), 1e-5);
    }

    /** Differences at most {@code tolerance} of the largest expected number. */
    private static void assertClose(double[] actual, double[] expected, double tolerance) {
        double largest = Arrays.stream(expected).map(Math::abs).max().orElse(0);
        assertThat(actual).as("seed %d", SEED).containsExactly(expected, within(tolerance * largest));
    }

    private double[] multiply(double[] v) {
        try (DeviceVector in = vector(v);
                DeviceVector out = backend.allocate(N)) {
            hessian.multiply(in, out);
            return read(out);
        }
    }

    private static void fill(double[][] rows, int column, double[] values) {
        for (int l = 0; l < rows.length; l++) {
            rows[l][column] = values[l];
        }
    }

    private static double[] only(Layer layer, double[] v) {
        double[] alone = new double[v.length];
        System.arraycopy(v, (int) layer.offset(), alone, (int) layer.offset(), (int) layer.size());
        return alone;
    }

    private double[] gaussian(double length) {
        double[] v = new double[N];
        Arrays.setAll(v, i -> length * random.nextGaussian());
        return v;
    }

    private DeviceVector vector(double[] values) {
        DeviceVector vector = backend.allocate(values.length);
        backend.write(Dense.floats(values), vector);
        return vector;
    }

    private double[] read(DeviceVector vector) {
        return Dense.doubles(backend.read(vector));
    }
}
