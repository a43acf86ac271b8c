package dev.dhmq.search;

import dev.dhmq.tensor.Backend;
import dev.dhmq.tensor.DeviceVector;
import dev.dhmq.tensor.ParameterLayout;
import java.util.Random;

/**
 * Half d'Hd with d = w - W and a known Hessian H, as the classification part; the regression part is {@code share} of it.
 * What a downgrade does to it can be worked out exactly.
 */
class QuadraticObjective implements Objective, AutoCloseable {
    private final Backend backend;
    private final ParameterLayout layout;
    private final DeviceVector weights;
    private final float[] minimum;
    private final double[][] hessian;
    private final double share;

    /** Weights at the minimum. */
    QuadraticObjective(Backend backend, ParameterLayout layout, float[] minimum, double[][] hessian, double share) {
        this.backend = backend;
        this.layout = layout;
        this.minimum = minimum.clone();
        this.hessian = hessian;
        this.share = share;
        this.weights = backend.allocate(layout.size());
        backend.write(minimum, weights);
    }

    /** H with {@code h_l I} on layer l's block, and {@code coupling} times Gaussian entries between different layers. */
    static double[][] hessian(ParameterLayout layout, double[] h, double coupling, long seed) {
        Random random = new Random(seed);
        int n = (int) layout.size();
        int[] layerOf = new int[n];
        for (int l = 0; l < h.length; l++) {
            for (int i = 0; i < layout.layer(l).size(); i++) {
                layerOf[(int) layout.layer(l).offset() + i] = l;
            }
        }
        double[][] hessian = new double[n][n];
        for (int i = 0; i < n; i++) {
            for (int j = 0; j < i; j++) {
                double between = coupling * random.nextGaussian();
                hessian[i][j] = layerOf[i] == layerOf[j] ? 0 : between;
                hessian[j][i] = hessian[i][j];
            }
            hessian[i][i] = h[layerOf[i]];
        }
        return hessian;
    }

    @Override
    public String name() {
        return "quadratic";
    }

    @Override
    public ParameterLayout layout() {
        return layout;
    }

    @Override
    public Backend backend() {
        return backend;
    }

    @Override
    public DeviceVector weights() {
        return weights;
    }

    @Override
    public TaskLosses loss() {
        double[] d = displacement();
        double[] product = times(d);
        double sum = 0;
        for (int i = 0; i < d.length; i++) {
            sum += d[i] * product[i] / 2;
        }
        return new TaskLosses(sum, share * sum);
    }

    @Override
    public TaskLosses lossAndGradient(TaskWeights taskWeights, DeviceVector gradient) {
        write(times(displacement()), taskWeights, gradient);
        return loss();
    }

    @Override
    public void hessianVectorProduct(TaskWeights taskWeights, DeviceVector v, DeviceVector product) {
        float[] values = backend.read(v);
        double[] wide = new double[values.length];
        for (int i = 0; i < wide.length; i++) {
            wide[i] = values[i];
        }
        write(times(wide), taskWeights, product);
    }

    private void write(double[] values, TaskWeights taskWeights, DeviceVector to) {
        double factor = taskWeights.classification() + share * taskWeights.regression();
        float[] scaled = new float[values.length];
        for (int i = 0; i < scaled.length; i++) {
            scaled[i] = (float) (factor * values[i]);
        }
        backend.write(scaled, to);
    }

    private double[] displacement() {
        float[] w = backend.read(weights);
        double[] d = new double[w.length];
        for (int i = 0; i < d.length; i++) {
            d[i] = (double) w[i] - minimum[i];
        }
        return d;
    }

    private double[] times(double[] v) {
        double[] product = new double[v.length];
        for (int i = 0; i < v.length; i++) {
            for (int j = 0; j < v.length; j++) {
                product[i] += hessian[i][j] * v[j];
            }
        }
        return product;
    }

    @Override
    public void close() {
        weights.close();
    }
}
