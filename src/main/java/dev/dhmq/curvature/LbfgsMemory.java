package dev.dhmq.curvature;

import dev.dhmq.tensor.Backend;
import dev.dhmq.tensor.DeviceVector;
import dev.dhmq.tensor.ParameterLayout;
import java.util.ArrayList;
import java.util.List;

/**
 * The newest m curvature pairs, oldest first, with the products of their vectors that B needs.
 *
 * <p>Products are kept layer by layer, so that S'B0S follows B0 = diag(t_l I) without another pass over the vectors. Owns
 * its pairs. Not safe for use by several threads at once.
 */
public final class LbfgsMemory implements AutoCloseable {
    private final Backend backend;
    private final ParameterLayout layout;
    private final int capacity;
    private final List<CurvaturePair> pairs = new ArrayList<>();

    /** {@code ss.get(i).get(j)[l]} = s_i,l . s_j,l for j <= i. */
    private final List<List<double[]>> ss = new ArrayList<>();

    /** {@code sy.get(i).get(j)} = s_i . y_j for j <= i: B needs the lower triangle alone. */
    private final List<List<Double>> sy = new ArrayList<>();

    /** An empty memory for at most {@code capacity} pairs; 0 keeps none, which leaves B = B0. */
    public LbfgsMemory(Backend backend, ParameterLayout layout, int capacity) {
        if (capacity < 0) {
            throw new IllegalArgumentException("A memory cannot hold " + capacity + " pairs.");
        }
        this.backend = backend;
        this.layout = layout;
        this.capacity = capacity;
    }

    /** Takes ownership of the pair; the oldest goes when the memory is full. */
    public void add(CurvaturePair pair) {
        if (capacity == 0) {
            pair.close();
            return;
        }
        if (pairs.size() == capacity) {
            forgetOldest();
        }
        pairs.add(pair);
        List<double[]> steps = new ArrayList<>();
        List<Double> changes = new ArrayList<>();
        for (CurvaturePair other : pairs) {
            steps.add(dots(pair.s(), other.s()));
            changes.add(sum(dots(pair.s(), other.y())));
        }
        ss.add(steps);
        sy.add(changes);
    }

    private void forgetOldest() {
        pairs.removeFirst().close();
        ss.removeFirst();
        sy.removeFirst();
        ss.forEach(List::removeFirst);
        sy.forEach(List::removeFirst);
    }

    /** The pairs, oldest first. */
    public List<CurvaturePair> pairs() {
        return List.copyOf(pairs);
    }

    /** How many pairs are kept now. */
    public int size() {
        return pairs.size();
    }

    /** All steps, then all gradient changes: the vectors whose products with D give P'D. */
    public List<DeviceVector> vectors() {
        List<DeviceVector> vectors = new ArrayList<>();
        pairs.forEach(pair -> vectors.add(pair.s()));
        pairs.forEach(pair -> vectors.add(pair.y()));
        return vectors;
    }

    /** s_i,l . s_j,l for every layer l. */
    double[] stepProducts(int i, int j) {
        return i >= j ? ss.get(i).get(j) : ss.get(j).get(i);
    }

    /** s_i . y_j, for i >= j. */
    double stepChange(int i, int j) {
        return sy.get(i).get(j);
    }

    double[] dots(DeviceVector a, DeviceVector b) {
        double[] out = new double[layout.layers().size()];
        backend.segmentedDot(layout, a, b, out);
        return out;
    }

    static double sum(double[] values) {
        double sum = 0;
        for (double value : values) {
            sum += value;
        }
        return sum;
    }

    @Override
    public void close() {
        pairs.forEach(CurvaturePair::close);
        pairs.clear();
        ss.clear();
        sy.clear();
    }
}
