package dev.dhmq.curvature;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dev.dhmq.tensor.CountingBackend;
import dev.dhmq.tensor.ParameterLayout;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class HutchinsonTraceTest {
    private static final ParameterLayout LAYOUT =
            ParameterLayout.of(List.of(new ParameterLayout.Shape("a", 2, 9), new ParameterLayout.Shape("b", 3, 5)));
    private static final int N = (int) LAYOUT.size();

    private final CountingBackend backend = new CountingBackend();

    @ParameterizedTest
    @ValueSource(longs = {1, 2, 3})
    void estimatesLieWithinTheirStandardErrorsOfTheExactTrace(long seed) {
        double[][] hessian = symmetric(seed);
        HutchinsonTrace trace = HutchinsonTrace.estimate(backend, LAYOUT, product(hessian), 400, seed);
        for (int l = 0; l < 2; l++) {
            int from = (int) LAYOUT.layer(l).offset();
            int size = (int) LAYOUT.layer(l).size();
            double exact = 0;
            for (int i = from; i < from + size; i++) {
                exact += hessian[i][i] / size;
            }
            // The seed is fixed, so this cannot fail by chance; 4 standard errors would fail one estimate in 16,000.
            assertThat(trace.mean()[l])
                    .as("seed %d, layer %d", seed, l)
                    .isCloseTo(exact, within(4 * trace.standardError()[l]));
            // A standard deviation from 400 samples is itself known to about 1 / sqrt(2 * 400), or 4 in 100.
            double error = expectedError(hessian, from, size, 400);
            assertThat(trace.standardError()[l])
                    .as("seed %d, layer %d", seed, l)
                    .isCloseTo(error, within(0.15 * error));
        }
        assertThat(backend.open()).isZero();
    }

    @Test
    void aDiagonalHessianIsExactWithOneProbe() {
        double[][] hessian = new double[N][N];
        for (int i = 0; i < N; i++) {
            hessian[i][i] = i < 18 ? 3 : 5;
        }
        HutchinsonTrace trace = HutchinsonTrace.estimate(backend, LAYOUT, product(hessian), 1, 9);
        assertThat(trace.mean()).containsExactly(3, 5);
        assertThat(trace.standardError()).containsOnly(Double.POSITIVE_INFINITY);
    }

    /** Var(v'Av) = 2 (|A|_F^2 - |diag A|^2) within the block, plus |A|_F^2 of the block's rows outside it. */
    private static double expectedError(double[][] hessian, int from, int size, int probes) {
        double variance = 0;
        for (int i = from; i < from + size; i++) {
            for (int j = 0; j < N; j++) {
                boolean inside = j >= from && j < from + size;
                variance += i == j ? 0 : (inside ? 2 : 1) * hessian[i][j] * hessian[i][j];
            }
        }
        return Math.sqrt(variance / probes) / size;
    }

    private HessianVectorProduct product(double[][] hessian) {
        return (v, product) -> backend.write(Dense.times(hessian, backend.read(v)), product);
    }

    private static double[][] symmetric(long seed) {
        Random random = new Random(seed);
        double[][] matrix = new double[N][N];
        for (int i = 0; i < N; i++) {
            for (int j = 0; j <= i; j++) {
                matrix[i][j] = random.nextGaussian() * 0.3 + (i == j ? 2 : 0);
                matrix[j][i] = matrix[i][j];
            }
        }
        return matrix;
    }
}
