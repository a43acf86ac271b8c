package dev.dhmq.model;

import org.bytedeco.pytorch.BoolOptional;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.TensorVector;
import org.bytedeco.pytorch.global.torch;

/** LibTorch's derivatives. */
final class Derivatives {
    private Derivatives() {}

    /** Of a scalar; undefined tensors stand for what it does not depend on. */
    static TensorVector of(Tensor scalar, TensorVector by) {
        return of(new TensorVector(scalar), new TensorVector(), by, false);
    }

    /** Of a scalar, to be differentiated once more; undefined tensors stand for what it does not depend on. */
    static TensorVector differentiable(Tensor scalar, TensorVector by) {
        return of(new TensorVector(scalar), new TensorVector(), by, true);
    }

    /** Of the sum of the products of the tensors and their factors, which are constants. */
    static TensorVector of(TensorVector tensors, TensorVector factors, TensorVector by) {
        return of(tensors, factors, by, false);
    }

    private static TensorVector of(
            TensorVector tensors, TensorVector factors, TensorVector by, boolean differentiable) {
        return torch.grad(tensors, by, factors, new BoolOptional(differentiable), differentiable, true);
    }
}
