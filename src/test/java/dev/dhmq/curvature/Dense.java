package dev.dhmq.curvature;

import java.util.List;

/** Dense matrices in double, written down as the textbook has them: what the limited-memory code is checked against. */
final class Dense {
    private Dense() {}

    static double[][] diagonal(double[] values) {
        double[][] matrix = new double[values.length][values.length];
        for (int i = 0; i < values.length; i++) {
            matrix[i][i] = values[i];
        }
        return matrix;
    }

    static double dot(double[] a, double[] b) {
        double sum = 0;
        for (int i = 0; i < a.length; i++) {
            sum += a[i] * b[i];
        }
        return sum;
    }

    static double[] times(double[][] matrix, double[] v) {
        double[] product = new double[matrix.length];
        for (int i = 0; i < product.length; i++) {
            product[i] = dot(matrix[i], v);
        }
        return product;
    }

    static float[] times(double[][] matrix, float[] v) {
        return floats(times(matrix, doubles(v)));
    }

    /** B + y y' / y's - B s s' B / s'Bs for one pair after the other (Nocedal and Wright, equation 6.19). */
    static double[][] bfgs(double[][] start, List<double[]> steps, List<double[]> changes) {
        double[][] b = start;
        for (int k = 0; k < steps.size(); k++) {
            double[] s = steps.get(k);
            double[] y = changes.get(k);
            double[] bs = times(b, s);
            double sBs = dot(s, bs);
            double sy = dot(s, y);
            double[][] next = new double[b.length][b.length];
            for (int i = 0; i < b.length; i++) {
                for (int j = 0; j < b.length; j++) {
                    next[i][j] = b[i][j] + y[i] * y[j] / sy - bs[i] * bs[j] / sBs;
                }
            }
            b = next;
        }
        return b;
    }

    static double[] doubles(float[] values) {
        double[] wide = new double[values.length];
        for (int i = 0; i < wide.length; i++) {
            wide[i] = values[i];
        }
        return wide;
    }

    static float[] floats(double[] values) {
        float[] narrow = new float[values.length];
        for (int i = 0; i < narrow.length; i++) {
            narrow[i] = (float) values[i];
        }
        return narrow;
    }
}
