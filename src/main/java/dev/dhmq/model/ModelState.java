package dev.dhmq.model;

import java.util.LinkedHashMap;
import java.util.Map;
import org.bytedeco.javacpp.PointerScope;
import org.bytedeco.pytorch.NoGradGuard;
import org.bytedeco.pytorch.Tensor;

/**
 * A copy of all of a model's parameters and buffers, which it has again after {@link #close()}. For use in a {@code try} statement
 * around work that changes them. Closing twice does no harm. Same thread as the model's, which must outlive it.
 */
public final class ModelState implements AutoCloseable {
    private final DetectionModel model;
    private final Map<String, Tensor> copies = new LinkedHashMap<>();

    private ModelState(DetectionModel model) {
        this.model = model;
    }

    /** Of the model as it is now. */
    public static ModelState of(DetectionModel model) {
        ModelState state = new ModelState(model);
        try (PointerScope _ = new PointerScope();
                NoGradGuard _ = new NoGradGuard()) {
            model.parameters().state().forEach((name, tensor) -> {
                Tensor copy = tensor.detach().clone();
                copy.retainReference();
                state.copies.put(name, copy);
            });
        }
        return state;
    }

    @Override
    public void close() {
        try (PointerScope _ = new PointerScope();
                NoGradGuard _ = new NoGradGuard()) {
            Map<String, Tensor> state = model.parameters().state();
            copies.forEach((name, copy) -> {
                state.get(name).copy_(copy);
                copy.close();
            });
            copies.clear();
        }
    }
}
