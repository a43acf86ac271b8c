package dev.dhmq.curvature;

import dev.dhmq.tensor.Backend;
import dev.dhmq.tensor.DeviceVector;
import dev.dhmq.tensor.Layer;
import dev.dhmq.tensor.LayerVector;
import dev.dhmq.tensor.ParameterLayout;
import java.util.Arrays;

/**
 * B, the limited-memory BFGS approximation of the Hessian in compact form (Byrd, Nocedal and Schnabel 1994, Theorem 2.3):
 *
 * <pre>
 *   B = B0 - P M^-1 P',   P = [B0 S  Y],   M = [[S'B0S, Lo], [Lo', -Di]]
 *   Lo_ij = s_i.y_j for i &gt; j,   Di = diag(s_i.y_i),   B0 = diag(t_l I), one scalar a layer
 * </pre>
 *
 * <p>t may change at any time; B is positive definite for every positive t because every pair has s.y &gt; 0. Uses the
 * memory's vectors, owns none. Not safe for use by several threads at once.
 */
public final class CompactHessian {
    /** Powell's least share of s'Bs that s.y must have (Nocedal and Wright, Procedure 18.2). */
    private static final double DAMPING = 0.2;

    private final Backend backend;
    private final ParameterLayout layout;
    private final LbfgsMemory memory;
    private final double[] t;

    /** B with these starting curvatures, one positive number a layer, and the memory's pairs. */
    public CompactHessian(Backend backend, ParameterLayout layout, LbfgsMemory memory, double[] t) {
        this.backend = backend;
        this.layout = layout;
        this.memory = memory;
        this.t = t.clone();
    }

    /** t_l: curvature per weight of layer l in B0. */
    public double curvature(int layer) {
        return t[layer];
    }

    /** t of all layers. */
    public double[] curvatures() {
        return t.clone();
    }

    /** Sets t_l. */
    public void setCurvature(int layer, double curvature) {
        if (!(curvature > 0)) {
            throw new IllegalArgumentException(
                    "The curvature of " + layout.layer(layer).name() + " must be positive, but is " + curvature + ".");
        }
        t[layer] = curvature;
    }

    /**
     * D_l' B_ll D_l for every layer, from products alone: no pass over the weights.
     *
     * @param products a row a layer: D.D first, then D with each of {@link LbfgsMemory#vectors()} from column {@code from}
     */
    public double[] quadraticForms(double[][] products, int from) {
        int m = memory.size();
        double[][] middle = middle();
        double[] forms = new double[products.length];
        for (int l = 0; l < products.length; l++) {
            double[] p = new double[2 * m];
            for (int i = 0; i < m; i++) {
                p[i] = t[l] * products[l][from + i];
                p[m + i] = products[l][from + m + i];
            }
            forms[l] = t[l] * products[l][0] - inner(p, solve(middle, p));
        }
        return forms;
    }

    /** {@code out = B v}. */
    public void multiply(DeviceVector v, DeviceVector out) {
        int m = memory.size();
        double[] c = solve(middle(), projections(v));
        backend.copy(v, out);
        for (int i = 0; i < m; i++) {
            subtract(c[i], memory.pairs().get(i).s(), out);
        }
        // B0 (v - S c_s) - Y c_y
        backend.scaleLayers(layout, t, out);
        for (int i = 0; i < m; i++) {
            backend.axpy((float) -c[m + i], memory.pairs().get(i).y(), out);
        }
    }

    private void subtract(double factor, LayerVector step, DeviceVector out) {
        for (int l = 0; l < t.length; l++) {
            long begin = step.begin(layout, l);
            if (begin != LayerVector.ABSENT) {
                Layer layer = layout.layer(l);
                backend.axpy(
                        (float) -factor,
                        step.values().slice(begin, layer.size()),
                        out.slice(layer.offset(), layer.size()));
            }
        }
    }

    /**
     * Powell's damping: where s.y is less than 0.2 s'Bs, y moves towards Bs until it is exactly that, so that B stays
     * positive definite and the pair still counts.
     *
     * @return whether y was changed
     */
    public boolean damp(DeviceVector s, DeviceVector y) {
        double sy = LbfgsMemory.sum(memory.dots(s, y));
        double sBs = quadraticForm(s);
        if (!isFlat(sy, sBs)) {
            return false;
        }
        double theta = (1 - DAMPING) * sBs / (sBs - sy);
        try (DeviceVector product = backend.allocate(layout.size())) {
            multiply(s, product);
            double[] factors = new double[t.length];
            Arrays.fill(factors, theta);
            backend.scaleLayers(layout, factors, y);
            backend.axpy((float) (1 - theta), product, y);
        }
        return true;
    }

    /** Whether this pair would be damped. */
    public boolean isFlat(DeviceVector s, DeviceVector y) {
        return isFlat(LbfgsMemory.sum(memory.dots(s, y)), quadraticForm(s));
    }

    private static boolean isFlat(double sy, double sBs) {
        return !(sy >= DAMPING * sBs);
    }

    /** v'Bv over all layers. */
    double quadraticForm(DeviceVector v) {
        double[] p = projections(v);
        double[] squares = memory.dots(v, v);
        double form = -inner(p, solve(middle(), p));
        for (int l = 0; l < t.length; l++) {
            form += t[l] * squares[l];
        }
        return form;
    }

    /** P'v. */
    private double[] projections(DeviceVector v) {
        int m = memory.size();
        double[] p = new double[2 * m];
        for (int i = 0; i < m; i++) {
            p[i] = inner(t, memory.dots(memory.pairs().get(i).s(), v));
            p[m + i] = LbfgsMemory.sum(memory.dots(memory.pairs().get(i).y(), v));
        }
        return p;
    }

    private double[][] middle() {
        int m = memory.size();
        double[][] middle = new double[2 * m][2 * m];
        for (int i = 0; i < m; i++) {
            for (int j = 0; j < m; j++) {
                middle[i][j] = inner(t, memory.stepProducts(i, j));
                if (i > j) {
                    middle[i][m + j] = memory.stepChange(i, j);
                    middle[m + j][i] = memory.stepChange(i, j);
                }
            }
            middle[m + i][m + i] = -memory.stepChange(i, i);
        }
        return middle;
    }

    private static double[] solve(double[][] middle, double[] right) {
        return right.length == 0 ? right : DenseSolver.solve(middle, right);
    }

    private static double inner(double[] a, double[] b) {
        double sum = 0;
        for (int i = 0; i < a.length; i++) {
            sum += a[i] * b[i];
        }
        return sum;
    }
}
