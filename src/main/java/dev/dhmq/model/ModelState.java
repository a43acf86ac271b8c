package dev.dhmq.model;

import java.util.ArrayList;
import java.util.List;
import org.bytedeco.javacpp.PointerScope;
import org.bytedeco.pytorch.NoGradGuard;
import org.bytedeco.pytorch.Tensor;

/**
 * A copy of all of a model's parameters and buffers, which it has again after {@link #close()}. For use in a {@code try} statement
 * around work that changes them. Closing twice does no harm. Same thread as the model's, which must outlive it.
 */
public final class ModelState implements AutoCloseable {
    private final List<Saved> saved = new ArrayList<>();

    private record Saved(Tensor tensor, Tensor copy) {}

    private ModelState() {}

    /** Of the model as it is now. */
    public static ModelState of(DetectionModel model) {
        ModelState state = new ModelState();
        try (PointerScope _ = new PointerScope();
                NoGradGuard _ = new NoGradGuard()) {
            for (Tensor tensor : model.parameters().state().values()) {
                Tensor copy = tensor.detach().clone();
                copy.retainReference();
                state.saved.add(new Saved(tensor, copy));
            }
        }
        return state;
    }

    @Override
    public void close() {
        try (PointerScope _ = new PointerScope();
                NoGradGuard _ = new NoGradGuard()) {
            for (Saved each : saved) {
                each.tensor().copy_(each.copy());
                each.copy().close();
            }
            saved.clear();
        }
    }
}
