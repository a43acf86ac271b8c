package dev.dhmq.curvature;

/** Solves small dense systems by Gaussian elimination with partial pivoting, in double. */
final class DenseSolver {
    private DenseSolver() {}

    /**
     * The x with {@code matrix x = right}. Both arguments are left as they are.
     *
     * @throws ArithmeticException where the matrix is singular
     */
    static double[] solve(double[][] matrix, double[] right) {
        int n = right.length;
        double[][] a = new double[n][];
        for (int i = 0; i < n; i++) {
            a[i] = matrix[i].clone();
        }
        double[] x = right.clone();
        for (int column = 0; column < n; column++) {
            swap(a, x, column, pivot(a, column));
            for (int row = column + 1; row < n; row++) {
                double factor = a[row][column] / a[column][column];
                for (int k = column; k < n; k++) {
                    a[row][k] -= factor * a[column][k];
                }
                x[row] -= factor * x[column];
            }
        }
        for (int row = n - 1; row >= 0; row--) {
            for (int k = row + 1; k < n; k++) {
                x[row] -= a[row][k] * x[k];
            }
            x[row] /= a[row][row];
        }
        return x;
    }

    private static int pivot(double[][] a, int column) {
        int best = column;
        for (int row = column + 1; row < a.length; row++) {
            if (Math.abs(a[row][column]) > Math.abs(a[best][column])) {
                best = row;
            }
        }
        if (a[best][column] == 0) {
            throw new ArithmeticException("The curvature pairs are linearly dependent: column " + column + " of the "
                    + a.length + " x " + a.length + " system is zero.");
        }
        return best;
    }

    private static void swap(double[][] a, double[] x, int i, int j) {
        double[] row = a[i];
        a[i] = a[j];
        a[j] = row;
        double value = x[i];
        x[i] = x[j];
        x[j] = value;
    }
}
