package dev.dhmq.model.network;

import org.bytedeco.pytorch.Tensor;

/**
 * What sits between a quantizable layer and its neighbours: quantizers and observers of activations. Layers are named by
 * their weights, as in the layout. A layer that is shared by several levels is called once a level.
 */
public interface LayerHooks {
    /** Changes nothing. */
    LayerHooks NONE = new LayerHooks() {};

    /** What the layer computes on instead of {@code x}. */
    default Tensor input(String layer, Tensor x) {
        return x;
    }

    /** What the layer hands on instead of {@code y}, its output with bias and before any norm or activation function. */
    default Tensor output(String layer, Tensor y) {
        return y;
    }
}
