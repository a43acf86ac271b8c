package dev.dhmq.model;

import dev.dhmq.InvalidInputException;
import dev.dhmq.model.network.LayerHooks;
import dev.dhmq.model.network.ParameterStore;

/**
 * Hooks around a detector's layers until this is closed; then those that were there before are back. For use in a
 * {@code try} statement, so that they go whatever happens. Closing twice does no harm. Same thread as the model's.
 */
public final class HookedLayers implements AutoCloseable {
    private final ParameterStore store;
    private final LayerHooks hooks;
    private final LayerHooks before;
    private boolean open = true;

    private HookedLayers(ParameterStore store, LayerHooks hooks, LayerHooks before) {
        this.store = store;
        this.hooks = hooks;
        this.before = before;
    }

    /**
     * Puts these hooks around the layers, in place of those that are there; the result closes them.
     *
     * @throws InvalidInputException for a scripted detector, whose layers run inside its program
     */
    public static HookedLayers with(DetectionModel model, LayerHooks hooks) {
        requireHooks(model);
        ParameterStore store = model.parameters();
        HookedLayers hooked = new HookedLayers(store, hooks, store.hooks());
        store.setHooks(hooks);
        return hooked;
    }

    /**
     * Refuses a detector that hooks cannot be put into, before any work is done.
     *
     * @throws InvalidInputException for a scripted detector, whose layers run inside its program
     */
    public static void requireHooks(DetectionModel model) {
        if (!(model instanceof TorchvisionDetector)) {
            throw new InvalidInputException(
                    "The layers of a scripted detector run inside its program, where activations can be neither quantized nor"
                            + " counted, and outputs not corrected; quantize its weights alone, down to a size.");
        }
    }

    /** Leaves the hooks as they are; any detector will do. */
    public static HookedLayers unchanged(DetectionModel model) {
        return new HookedLayers(
                model.parameters(), LayerHooks.NONE, model.parameters().hooks());
    }

    @Override
    public void close() {
        if (open) {
            open = false;
            store.setHooks(before);
            hooks.close();
        }
    }
}
