package dev.dhmq.train;

import java.util.Map;
import org.bytedeco.javacpp.PointerScope;
import org.bytedeco.pytorch.NoGradGuard;
import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.Tensor;

/** Loshchilov and Hutter (2019), Algorithm 2. */
final class AdamW extends Optimizer {
    private static final double BETA1 = 0.9;
    private static final double BETA2 = 0.999;
    private static final double EPSILON = 1e-8;
    private static final String MEAN = ".exp_avg";
    private static final String SQUARE = ".exp_avg_sq";

    private final double weightDecay;

    AdamW(OptimizerSettings.AdamW settings, Map<String, Tensor> parameters) {
        super(parameters);
        weightDecay = settings.weightDecay();
        try (PointerScope _ = new PointerScope();
                NoGradGuard _ = new NoGradGuard()) {
            parameters.forEach((name, parameter) -> {
                declare(name + MEAN, parameter);
                declare(name + SQUARE, parameter);
            });
        }
    }

    @Override
    void step(String name, Tensor parameter, Tensor gradient, double learningRate) {
        Tensor mean = kept(name + MEAN);
        Tensor square = kept(name + SQUARE);
        parameter.mul_(new Scalar(1 - learningRate * weightDecay));
        mean.mul_(new Scalar(BETA1)).add_(gradient, new Scalar(1 - BETA1));
        square.mul_(new Scalar(BETA2)).addcmul_(gradient, gradient, new Scalar(1 - BETA2));
        double meanBias = 1 - Math.pow(BETA1, (double) steps());
        double squareBias = 1 - Math.pow(BETA2, (double) steps());
        Tensor scale = square.sqrt().div_(new Scalar(Math.sqrt(squareBias))).add_(new Scalar(EPSILON));
        parameter.addcdiv_(mean, scale, new Scalar(-learningRate / meanBias));
    }
}
