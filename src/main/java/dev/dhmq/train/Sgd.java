package dev.dhmq.train;

import java.util.Map;
import org.bytedeco.javacpp.PointerScope;
import org.bytedeco.pytorch.NoGradGuard;
import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.Tensor;

/** Gradient descent with momentum, as torch's: v = momentum v + (g + decay w), w = w - rate v. */
final class Sgd extends Optimizer {
    private static final String VELOCITY = ".momentum_buffer";

    private final OptimizerSettings.Sgd settings;

    Sgd(OptimizerSettings.Sgd settings, Map<String, Tensor> parameters) {
        super(parameters);
        this.settings = settings;
        try (PointerScope _ = new PointerScope();
                NoGradGuard _ = new NoGradGuard()) {
            parameters.forEach((name, parameter) -> declare(name + VELOCITY, parameter));
        }
    }

    @Override
    void step(String name, Tensor parameter, Tensor gradient, double learningRate) {
        Tensor velocity = kept(name + VELOCITY);
        Tensor direction = gradient.add(parameter, new Scalar(settings.weightDecay()));
        velocity.mul_(new Scalar(settings.momentum())).add_(direction);
        parameter.add_(velocity, new Scalar(-learningRate));
    }
}
