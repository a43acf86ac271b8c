package dev.dhmq.model.network;

import java.util.List;
import java.util.function.Supplier;
import java.util.function.UnaryOperator;
import org.bytedeco.javacpp.PointerScope;
import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.T_TensorTensor_T;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.TensorVector;
import org.bytedeco.pytorch.global.torch;
import org.jspecify.annotations.Nullable;

/**
 * A tensor on its way through a network, and, where the weights move along a direction, the rate at which it changes: its
 * derivative along that direction (Pearlmutter, 1994: the R operator). Both are parts of the autograd graph.
 *
 * <p>Every operation of the networks does to the rate what its derivative does, with operations that autograd can go back
 * through once. Where the weights do not move there is no rate, and the operations are LibTorch's own.
 */
public final class Signal {
    private final Tensor value;
    private final @Nullable Tensor rate;
    private final Direction direction;

    private Signal(Tensor value, @Nullable Tensor rate, Direction direction) {
        this.value = value;
        this.rate = rate;
        this.direction = direction;
    }

    /** What goes into a network whose weights move so: it does not change itself. */
    public static Signal input(Tensor value, Direction direction) {
        return new Signal(value, null, direction);
    }

    /** The tensor. */
    public Tensor value() {
        return value;
    }

    /** Its rate; only where the weights move, and behind the first layer. */
    public Tensor rate() {
        if (rate == null) {
            throw new IllegalStateException("No weights that move have touched this signal.");
        }
        return rate;
    }

    Direction direction() {
        return direction;
    }

    /** Whether the weights move. */
    boolean moves() {
        return direction != Direction.NONE;
    }

    /** Whether this changes as the weights move; a network's input does not. */
    boolean changes() {
        return rate != null;
    }

    /** The result of an operation of this. */
    Signal to(Tensor newValue, Tensor newRate) {
        return new Signal(newValue, newRate, direction);
    }

    /** The result of an operation of this while no weights move. */
    Signal to(Tensor newValue) {
        return new Signal(newValue, null, direction);
    }

    /** The result of a linear operation: the rate goes through it as the value does. */
    Signal linear(UnaryOperator<Tensor> operation) {
        return new Signal(operation.apply(value), rate == null ? null : operation.apply(rate), direction);
    }

    Signal plus(Signal other) {
        return rate == null ? to(value.add(other.value)) : to(value.add(other.value), rate.add(other.rate()));
    }

    Signal relu() {
        Tensor positive = value.relu();
        // The mask is a constant: what is detached costs autograd nothing, and memory neither, since relu keeps it
        // anyway.
        return rate == null
                ? to(positive)
                : to(positive, torch.threshold_backward(rate, positive.detach(), new Scalar(0.0)));
    }

    /** The greatest of each 3 x 3, two apart; the rate is that of the place the greatest is from. */
    Signal maxPool() {
        long[] size = {3, 3};
        long[] stride = {2, 2};
        long[] one = {1, 1};
        if (rate == null) {
            return to(torch.max_pool2d(value, size, stride, one, one, false));
        }
        T_TensorTensor_T pooled = torch.max_pool2d_with_indices(value, size, stride, one, one, false);
        // Handles of their own: LibTorch's are parts of the pair and go with it.
        Tensor greatest = new Tensor(pooled.get0());
        Tensor places = new Tensor(pooled.get1()).flatten(2, -1);
        return to(greatest, rate.flatten(2, -1).gather(2, places).view_as(greatest));
    }

    static Signal concatenated(List<Signal> parts, long dimension) {
        TensorVector values = new TensorVector();
        TensorVector rates = new TensorVector();
        for (Signal part : parts) {
            values.push_back(part.value);
            if (part.rate != null) {
                rates.push_back(part.rate);
            }
        }
        Signal first = parts.getFirst();
        return first.rate == null
                ? first.to(torch.cat(values, dimension))
                : first.to(torch.cat(values, dimension), torch.cat(rates, dimension));
    }

    /**
     * What the work gives, without the handles of all else it made: these would keep tensors in memory that the graph does
     * not need.
     */
    static Signal alone(Supplier<Signal> work) {
        return eachAlone(() -> List.of(work.get())).getFirst();
    }

    /** The same of work that gives several. */
    static List<Signal> eachAlone(Supplier<List<Signal>> work) {
        PointerScope outer = PointerScope.getInnerScope();
        if (outer == null) {
            return work.get(); // handles are the garbage collector's then, the results' too
        }
        try (PointerScope _ = new PointerScope()) {
            List<Signal> results = work.get();
            for (Signal result : results) {
                outer.attach(result.value);
                if (result.rate != null) {
                    outer.attach(result.rate);
                }
            }
            return results;
        }
    }
}
