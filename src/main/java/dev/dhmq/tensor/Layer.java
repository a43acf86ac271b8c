package dev.dhmq.tensor;

/**
 * One quantizable layer: a slice of the flat weight vector, cut into output channels that lie one after the other.
 *
 * @param name the parameter's name in the checkpoint, such as {@code backbone.body.conv1.weight}
 * @param offset index of the layer's first weight in the flat vector
 * @param channels number of output channels; each has a scale of its own
 * @param channelSize weights in one channel
 * @param firstChannel index of the layer's first channel among all layers' channels
 */
public record Layer(String name, long offset, int channels, int channelSize, int firstChannel) {

    /** Number of weights, n_l in the equations. */
    public long size() {
        return (long) channels * channelSize;
    }
}
