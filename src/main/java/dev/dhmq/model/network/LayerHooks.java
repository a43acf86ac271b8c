package dev.dhmq.model.network;

import java.util.List;
import org.bytedeco.pytorch.Tensor;
import org.jspecify.annotations.Nullable;

/**
 * What sits between a quantizable layer and its neighbours: quantizers and observers of activations. Layers are named by
 * their weights, as in the layout. Of a layer that several levels share, {@link #input} is called
 * once a level and {@link #outputs} once for all of them.
 */
public interface LayerHooks {
    /** Changes nothing. */
    LayerHooks NONE = new LayerHooks() {};

    /** What the layer computes on instead of {@code x}. */
    default Tensor input(String layer, Tensor x) {
        return x;
    }

    /**
     * Weights that the layer multiplies {@link #input} with in place of its own, if these hooks compute it: bias and norm are theirs
     * then too, and {@link #output} adds them.
     */
    default @Nullable Tensor weight(String layer) {
        return null;
    }

    /**
     * What a convolution hands on instead of {@code y}, its output with bias and norm, where that is added to something or RoIAlign
     * reads it, see {@link dev.dhmq.quant.ActivationSite#RESULT}.
     */
    default Tensor result(String layer, Tensor y) {
        return y;
    }

    /** What the layer hands on instead of {@code y}, its output with bias and before any norm or activation function. */
    default Tensor output(String layer, Tensor y) {
        return y;
    }

    /** The same of all levels that share the layer, of one where it is not shared. Each by itself unless overridden. */
    default List<Tensor> outputs(String layer, List<Tensor> levels) {
        return levels.stream().map(y -> output(layer, y)).toList();
    }

    /** Lets go of what they hold, once they are around no layers any more. */
    default void close() {}
}
