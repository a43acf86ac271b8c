package dev.dhmq.curvature;

import dev.dhmq.tensor.Backend;
import dev.dhmq.tensor.DeviceVector;
import dev.dhmq.tensor.Layer;
import dev.dhmq.tensor.LayerVector;
import dev.dhmq.tensor.ParameterLayout;
import java.util.ArrayList;
import java.util.Arrays;
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

    /** {@code sy.get(i).get(j)} = s_i . y_j for all i and j: B needs the lower triangle, the two-loop recursion all. */
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
        addStepProducts(pair.s());
        double[] withNewChange = products(steps(), pair.y());
        for (int i = 0; i < pairs.size() - 1; i++) {
            sy.get(i).add(sum(column(withNewChange, i, pairs.size())));
        }
    }

    /** s_new . s_j and s_new . y_j for all pairs, the new one included. */
    private void addStepProducts(LayerVector step) {
        try (DeviceVector dense = expand(step)) {
            List<LayerVector> vectors = vectors();
            double[] products = products(vectors, dense);
            List<double[]> steps = new ArrayList<>();
            List<Double> changes = new ArrayList<>();
            for (int j = 0; j < pairs.size(); j++) {
                steps.add(column(products, j, vectors.size()));
                changes.add(sum(column(products, pairs.size() + j, vectors.size())));
            }
            ss.add(steps);
            sy.add(changes);
        }
    }

    /** A copy with zeros where the step has none. */
    private DeviceVector expand(LayerVector step) {
        DeviceVector dense = backend.allocate(layout.size());
        for (int l = 0; l < layout.layers().size(); l++) {
            long begin = step.begin(layout, l);
            if (begin != LayerVector.ABSENT) {
                Layer layer = layout.layer(l);
                backend.copy(step.values().slice(begin, layer.size()), dense.slice(layer.offset(), layer.size()));
            }
        }
        return dense;
    }

    private double[] products(List<LayerVector> vectors, DeviceVector x) {
        double[] out = new double[vectors.size() * layout.layers().size()];
        backend.compactProducts(layout, vectors, x, out);
        return out;
    }

    /** One vector's number of every layer. */
    private static double[] column(double[] products, int vector, int vectors) {
        double[] column = new double[products.length / vectors];
        Arrays.setAll(column, l -> products[l * vectors + vector]);
        return column;
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
    public List<LayerVector> vectors() {
        List<LayerVector> vectors = new ArrayList<>(steps());
        vectors.addAll(changes());
        return vectors;
    }

    /** s of all pairs, oldest first. */
    public List<LayerVector> steps() {
        return pairs.stream().map(CurvaturePair::s).toList();
    }

    /** y of all pairs, oldest first. */
    public List<DeviceVector> changes() {
        return pairs.stream().map(CurvaturePair::y).toList();
    }

    /** s_i.y_j at {@code [i * size() + j]}. */
    public double[] products() {
        return sy.stream()
                .flatMap(List::stream)
                .mapToDouble(Double::doubleValue)
                .toArray();
    }

    /** s_i,l . s_j,l for every layer l. */
    double[] stepProducts(int i, int j) {
        return i >= j ? ss.get(i).get(j) : ss.get(j).get(i);
    }

    /** s_i . y_j. */
    double stepChange(int i, int j) {
        return sy.get(i).get(j);
    }

    double[] dots(LayerVector a, DeviceVector b) {
        return products(List.of(a), b);
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
