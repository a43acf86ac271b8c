package dev.dhmq.tensor;

/**
 * A vector that spans the weights, for reading: a {@link DeviceVector} of all of them, or {@link LayerSlices} of the layers
 * in which it is not zero.
 */
public sealed interface LayerVector extends AutoCloseable permits DeviceVector, LayerSlices {

    /** In place of an index: the vector is zero in all of the layer. */
    long ABSENT = -1;

    /** The floats that are stored. */
    DeviceVector values();

    /** Index in {@link #values()} of the layer's first weight, or {@link #ABSENT}. */
    long begin(ParameterLayout layout, int layer);

    /**
     * Does nothing where the vector spans this layout.
     *
     * @throws IllegalArgumentException where it does not; the message begins with {@code what}
     */
    void requireFits(String what, ParameterLayout layout);

    @Override
    void close();
}
