package dev.dhmq.model;

import dev.dhmq.InvalidInputException;
import java.util.List;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.TensorVector;
import org.bytedeco.pytorch.global.torch;

/**
 * Exact Hessian-vector products for any graph: the gradient of (gradient . v). Every operation is differentiated twice;
 * {@link ReverseOverForward} does with less.
 */
final class DoubleBackward {
    private DoubleBackward() {}

    /**
     * H v, layer by layer; undefined tensors stand for zero.
     *
     * @param direction v, one tensor for each of the layers
     */
    static TensorVector product(Tensor loss, TensorVector layers, List<Tensor> direction) {
        TensorVector first = Derivatives.differentiable(loss, layers);
        Tensor along = torch.zeros_like(loss);
        for (int i = 0; i < direction.size(); i++) {
            if (first.get(i).defined()) {
                along = along.add(first.get(i).mul(direction.get(i)).sum());
            }
        }
        try {
            return Derivatives.of(along, layers);
        } catch (RuntimeException e) {
            throw new InvalidInputException(
                    "The Hessian-vector product of this detector cannot be taken: an operation of its loss has no second"
                            + " derivative (" + LibTorch.reason(e)
                            + "); use the start joint-secant or secant, which need gradients only.",
                    e);
        }
    }
}
