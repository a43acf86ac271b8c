package dev.dhmq.model.network;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dev.dhmq.model.LibTorch;
import org.bytedeco.javacpp.PointerScope;
import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.TensorOptional;
import org.bytedeco.pytorch.TensorOptions;
import org.bytedeco.pytorch.global.torch;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class CleanConvolutionTest {
    private static final long[] ONE = {1, 1};

    @ParameterizedTest
    @CsvSource({"32, 45, 3", "64, 36, 3", "16, 8, 3", "24, 24, 3", "20, 32, 3", "3, 16, 7", "64, 45, 1", "32, 32, 3"})
    void memoryThatHeldNaNBeforeDoesNotShow(int inputs, int outputs, int kernel) {
        LibTorch.load();
        for (int round = 0; round < 6; round++) {
            try (PointerScope _ = new PointerScope()) {
                Tensor x = random(8, inputs, 4, 5);
                Tensor weight = random(outputs, inputs, kernel, kernel);
                Tensor bias = random(outputs);
                poison();
                Tensor y = CleanConvolution.apply(x, weight, bias, ONE, half(kernel));
                poison();
                y.mul(y.detach()).sum().backward();
                assertThat(Tensors.floats(y)).as("y, round %d", round).doesNotContain(Float.NaN);
                assertThat(Tensors.floats(x.grad())).as("x", round).doesNotContain(Float.NaN);
                assertThat(Tensors.floats(weight.grad())).as("w", round).doesNotContain(Float.NaN);
            }
        }
    }

    @ParameterizedTest
    @CsvSource({"3, 1", "3, 2", "1, 1", "1, 2", "1, 3"})
    void noResultChanges(int kernel, int everyNth) {
        LibTorch.load();
        try (PointerScope _ = new PointerScope()) {
            torch.manual_seed(5);
            TensorOptions wide = new TensorOptions(torch.ScalarType.Double);
            Tensor x = torch.randn(new long[] {2, 24, 5, 6}, wide).requires_grad_(true);
            Tensor weight =
                    torch.randn(new long[] {20, 24, kernel, kernel}, wide).requires_grad_(true);
            Tensor bias = torch.randn(new long[] {20}, wide).requires_grad_(true);
            long[] stride = {everyNth, everyNth};
            long[] padding = half(kernel);
            double[][] ours = gradients(CleanConvolution.apply(x, weight, bias, stride, padding), x, weight, bias);
            double[][] theirs = gradients(
                    torch.conv2d(x, weight, new TensorOptional(bias), stride, padding, ONE, 1), x, weight, bias);
            for (int i = 0; i < ours.length; i++) {
                for (int j = 0; j < ours[i].length; j++) {
                    // Sums of at most 500 products of size one in float64, added in another order.
                    assertThat(ours[i][j]).isCloseTo(theirs[i][j], within(1e-11));
                }
            }
        }
    }

    private static double[][] gradients(Tensor y, Tensor... of) {
        double[][] all = new double[of.length + 1][];
        all[of.length] = Tensors.doubles(y);
        y.mul(y.detach()).sum().backward();
        for (int i = 0; i < of.length; i++) {
            all[i] = Tensors.doubles(of[i].grad());
            of[i].grad().zero_();
        }
        return all;
    }

    private static Tensor random(long... shape) {
        return torch.randn(shape).requires_grad_(true);
    }

    private static long[] half(int kernel) {
        return new long[] {kernel / 2, kernel / 2};
    }

    /** Leaves NaN in memory that is free to be used again. */
    private static void poison() {
        try (PointerScope _ = new PointerScope()) {
            Scalar nan = new Scalar(Float.NaN);
            for (int i = 1; i <= 200; i++) {
                torch.full(new long[] {160L * i}, nan, new TensorOptions(torch.ScalarType.Float));
            }
        }
    }
}
