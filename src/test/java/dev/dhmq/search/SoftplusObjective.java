package dev.dhmq.search;

import dev.dhmq.tensor.Backend;
import dev.dhmq.tensor.DeviceVector;
import dev.dhmq.tensor.ParameterLayout;
import java.util.Random;

/**
 * Means of softplus(a_i . w) over two sets of random directions, one a task: smooth, convex, not quadratic, and with a
 * gradient that is not zero at the float weights.
 */
final class SoftplusObjective implements Objective, AutoCloseable {
    private static final int TERMS = 12;

    private final Backend backend;
    private final ParameterLayout layout;
    private final DeviceVector weights;
    private final double[][] directions = new double[2 * TERMS][];
    private int failAfter = Integer.MAX_VALUE;

    /** Weights and directions from this seed. */
    SoftplusObjective(Backend backend, ParameterLayout layout, long seed) {
        this.backend = backend;
        this.layout = layout;
        Random random = new Random(seed);
        int n = (int) layout.size();
        for (int i = 0; i < directions.length; i++) {
            directions[i] =
                    random.doubles(n, -1, 1).map(x -> 3 * x / Math.sqrt(n)).toArray();
        }
        float[] values = new float[n];
        for (int i = 0; i < n; i++) {
            values[i] = (float) random.nextGaussian();
        }
        weights = backend.allocate(n);
        backend.write(values, weights);
    }

    /** From now on, so many gradients are given before one is NaN. */
    void failAfter(int gradients) {
        failAfter = gradients;
    }

    @Override
    public String name() {
        return "softplus";
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
        double[] z = projections(weights);
        double[] sums = new double[2];
        for (int i = 0; i < z.length; i++) {
            sums[i / TERMS] += Math.log1p(Math.exp(z[i])) / TERMS;
        }
        return new TaskLosses(sums[0], sums[1]);
    }

    @Override
    public TaskLosses lossAndGradient(TaskWeights taskWeights, DeviceVector gradient) {
        if (failAfter-- == 0) {
            throw new NonFiniteLossException("The gradient of layer layer-0 is not finite.");
        }
        double[] z = projections(weights);
        double[] coefficients = new double[z.length];
        for (int i = 0; i < z.length; i++) {
            coefficients[i] = weight(taskWeights, i) * sigmoid(z[i]) / TERMS;
        }
        combine(coefficients, gradient);
        return loss();
    }

    @Override
    public void hessianVectorProduct(TaskWeights taskWeights, DeviceVector v, DeviceVector product) {
        double[] z = projections(weights);
        double[] along = projections(v);
        for (int i = 0; i < z.length; i++) {
            along[i] *= weight(taskWeights, i) * sigmoid(z[i]) * sigmoid(-z[i]) / TERMS;
        }
        combine(along, product);
    }

    private static double weight(TaskWeights taskWeights, int term) {
        return term < TERMS ? taskWeights.classification() : taskWeights.regression();
    }

    private static double sigmoid(double z) {
        return 1 / (1 + Math.exp(-z));
    }

    private double[] projections(DeviceVector v) {
        float[] values = backend.read(v);
        double[] z = new double[directions.length];
        for (int i = 0; i < z.length; i++) {
            for (int j = 0; j < values.length; j++) {
                z[i] += directions[i][j] * values[j];
            }
        }
        return z;
    }

    private void combine(double[] coefficients, DeviceVector to) {
        float[] sum = new float[(int) layout.size()];
        for (int j = 0; j < sum.length; j++) {
            double value = 0;
            for (int i = 0; i < coefficients.length; i++) {
                value += coefficients[i] * directions[i][j];
            }
            sum[j] = (float) value;
        }
        backend.write(sum, to);
    }

    @Override
    public void close() {
        weights.close();
    }
}
