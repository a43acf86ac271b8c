package dev.dhmq.curvature;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class DenseSolverTest {

    @ParameterizedTest
    @ValueSource(ints = {1, 2, 3, 7, 20})
    void theSolutionMeetsTheSystem(int n) {
        long seed = 77L + n;
        Random random = new Random(seed);
        double[][] matrix = new double[n][n];
        double[] right = new double[n];
        for (int i = 0; i < n; i++) {
            right[i] = random.nextGaussian();
            for (int j = 0; j < n; j++) {
                matrix[i][j] = random.nextGaussian();
            }
        }
        double[] x = DenseSolver.solve(matrix, right);
        for (int i = 0; i < n; i++) {
            double sum = 0;
            for (int j = 0; j < n; j++) {
                sum += matrix[i][j] * x[j];
            }
            // Gaussian matrices of this size have condition numbers of a few thousand at most.
            assertThat(sum).as("seed %d, row %d", seed, i).isCloseTo(right[i], within(1e-10));
        }
    }

    @Test
    void aZeroOnTheDiagonalIsPivotedAway() {
        assertThat(DenseSolver.solve(new double[][] {{0, 2}, {4, 0}}, new double[] {6, 8}))
                .containsExactly(2, 3);
    }

    @Test
    void aSingularSystemIsNamed() {
        assertThatThrownBy(() -> DenseSolver.solve(new double[][] {{1, 2}, {2, 4}}, new double[] {1, 1}))
                .isInstanceOf(ArithmeticException.class)
                .hasMessageContaining("linearly dependent");
    }
}
