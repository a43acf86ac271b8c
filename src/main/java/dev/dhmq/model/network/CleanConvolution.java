package dev.dhmq.model.network;

import org.bytedeco.pytorch.GradMode;
import org.bytedeco.pytorch.LongOptional;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.TensorOptional;
import org.bytedeco.pytorch.global.torch;
import org.jspecify.annotations.Nullable;

/**
 * {@code conv2d} that never reads memory nobody has written. LibTorch's convolutions of more than one place (oneDNN 3.7) work on
 * blocks of {@value #BLOCK} channels; what lies in an incomplete block's rest is multiplied by weights of zero, and where that
 * happens to be NaN, so is the result. Seen forward where the inputs, more than a block, do not fill their blocks, and backward
 * where the outputs do not: once in about six searches of a detector with 36 or 45 outputs. Channels of zeros fill the blocks
 * here.
 *
 * <p>Convolutions of one place and a stride take the places they read first and have no stride then: the same sums. On processors
 * that hide the sizes of their caches, as some virtual machines' do, oneDNN divides by zero when it plans the backward pass of a
 * strided one, as in ResNet-50's shortcuts, and the process dies.
 */
public final class CleanConvolution {
    private static final int BLOCK = 16;
    private static final long[] NO_DILATION = {1, 1};
    private static final long[] NO_STRIDE = {1, 1};

    private CleanConvolution() {}

    /** From [N, inputs, H, W] with weights [outputs, inputs, k, k]; differentiable as often as one likes. */
    static Tensor apply(Tensor x, Tensor weight, @Nullable Tensor bias, long[] stride, long[] padding) {
        if (!isArea(weight) && (stride[0] > 1 || stride[1] > 1)) {
            return convolve(everyNth(x, stride), weight, bias, NO_STRIDE, padding);
        }
        long outputs = weight.size(0);
        long inputs = weight.size(1);
        boolean incompleteInputs = isArea(weight) && inputs > BLOCK && missing(inputs) > 0;
        boolean incompleteOutputs =
                isArea(weight) && missing(outputs) > 0 && GradMode.is_enabled() && x.requires_grad();
        if (!incompleteInputs && !incompleteOutputs) {
            return convolve(x, weight, bias, stride, padding);
        }
        long moreInputs = incompleteInputs ? missing(inputs) : 0;
        long moreOutputs = incompleteOutputs ? missing(outputs) : 0;
        Tensor y = convolve(
                moreInputs == 0 ? x : padded(x, 0, 0, 0, 0, 0, moreInputs),
                padded(weight, 0, 0, 0, 0, 0, moreInputs, 0, moreOutputs),
                bias == null ? null : padded(bias, 0, moreOutputs),
                stride,
                padding);
        return y.narrow(1, 0, outputs);
    }

    /** Whether a convolution with these weights may read an incomplete block. */
    public static boolean isIncomplete(Tensor weight) {
        return weight.dim() == 4
                && isArea(weight)
                && (missing(weight.size(0)) > 0 || (weight.size(1) > BLOCK && missing(weight.size(1)) > 0));
    }

    private static boolean isArea(Tensor weight) {
        return weight.size(2) * weight.size(3) > 1;
    }

    private static long missing(long channels) {
        return Math.ceilDiv(channels, BLOCK) * BLOCK - channels;
    }

    private static Tensor everyNth(Tensor x, long[] stride) {
        LongOptional all = new LongOptional();
        return x.slice(2, all, all, stride[0]).slice(3, all, all, stride[1]);
    }

    /** With zeros: how many before and behind, the last dimension first. */
    private static Tensor padded(Tensor x, long... amounts) {
        return torch.constant_pad_nd(x, amounts);
    }

    private static Tensor convolve(Tensor x, Tensor weight, @Nullable Tensor bias, long[] stride, long[] padding) {
        TensorOptional optionalBias = bias == null ? new TensorOptional() : new TensorOptional(bias);
        return torch.conv2d(x, weight, optionalBias, stride, padding, NO_DILATION, 1);
    }
}
