package dev.dhmq.train;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.dhmq.model.LibTorch;
import dev.dhmq.model.network.Tensors;
import java.util.Map;
import org.bytedeco.javacpp.PointerScope;
import org.bytedeco.pytorch.AdamWOptions;
import org.bytedeco.pytorch.SGD;
import org.bytedeco.pytorch.SGDOptions;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.TensorVector;
import org.bytedeco.pytorch.global.torch;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** Our optimizers against LibTorch's, bit for bit. */
class OptimizerTest {
    private static final int STEPS = 20;

    @BeforeAll
    static void load() {
        LibTorch.load();
    }

    @Test
    void adamWTakesLibTorchsSteps() {
        try (PointerScope _ = new PointerScope()) {
            Tensor theirs = parameter();
            AdamWOptions options = new AdamWOptions(0.1);
            options.weight_decay().put(0.03);
            org.bytedeco.pytorch.AdamW reference = new org.bytedeco.pytorch.AdamW(new TensorVector(theirs), options);
            compare(new OptimizerSettings.AdamW(1, 0.03), theirs, reference, reference::step);
        }
    }

    @Test
    void sgdTakesLibTorchsSteps() {
        try (PointerScope _ = new PointerScope()) {
            Tensor theirs = parameter();
            SGDOptions options = new SGDOptions(0.1);
            options.momentum().put(0.9);
            options.weight_decay().put(0.03);
            SGD reference = new SGD(new TensorVector(theirs), options);
            compare(new OptimizerSettings.Sgd(1, 0.9, 0.03), theirs, reference, reference::step);
        }
    }

    private static void compare(
            OptimizerSettings settings, Tensor theirs, org.bytedeco.pytorch.Optimizer reference, Runnable theirStep) {
        Tensor ours = parameter();
        try (Optimizer optimizer = Optimizer.of(settings, Map.of("w", ours))) {
            for (int step = 0; step < STEPS; step++) {
                double learningRate = 0.1 / (1 + step);
                gradients(ours, theirs, step);
                reference.param_groups().get(0).options().set_lr(learningRate);
                theirStep.run();
                optimizer.step(learningRate);
            }
        }
        assertThat(Tensors.floats(ours)).isEqualTo(Tensors.floats(theirs));
    }

    @Test
    void settingsThatMakeNoSenseAreRefused() {
        assertThatThrownBy(() -> new OptimizerSettings.AdamW(0, 0)).hasMessageContaining("positive learning rate");
        assertThatThrownBy(() -> new OptimizerSettings.AdamW(Double.NaN, 0)).hasMessageContaining("positive");
        assertThatThrownBy(() -> new OptimizerSettings.Sgd(1, 1, 0)).hasMessageContaining("Momentum");
        assertThatThrownBy(() -> new OptimizerSettings.Sgd(1, 0.9, -1)).hasMessageContaining("weight decay");
    }

    private static Tensor parameter() {
        torch.manual_seed(3);
        Tensor tensor = torch.randn(new long[] {37});
        tensor.requires_grad_(true);
        tensor.mutable_grad().put(torch.zeros(new long[] {37}));
        return tensor;
    }

    private static void gradients(Tensor ours, Tensor theirs, int step) {
        torch.manual_seed(step);
        Tensor gradient = torch.randn(new long[] {37});
        ours.grad().copy_(gradient);
        theirs.grad().copy_(gradient);
    }
}
