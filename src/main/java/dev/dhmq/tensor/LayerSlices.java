package dev.dhmq.tensor;

import java.util.Arrays;

/**
 * A vector that spans the weights and is zero but for some layers, of which alone it stores the weights: the step that a
 * downgrade makes. Owns its memory; as safe for threads as a {@link DeviceVector}.
 */
public final class LayerSlices implements LayerVector {
    private final ParameterLayout layout;
    private final DeviceVector values;
    private final long[] begins;

    private LayerSlices(ParameterLayout layout, DeviceVector values, long[] begins) {
        this.layout = layout;
        this.values = values;
        this.begins = begins;
    }

    /** A copy of these layers of a vector; in the others it is taken to be zero. */
    public static LayerSlices copyOf(Backend backend, ParameterLayout layout, DeviceVector vector, int... layers) {
        Lengths.require("The vector to copy layers of", vector.length(), layout.size());
        long[] begins = new long[layout.layers().size()];
        Arrays.fill(begins, ABSENT);
        long length = 0;
        for (int l : layers) {
            begins[l] = length;
            length += layout.layer(l).size();
        }
        LayerSlices slices = new LayerSlices(layout, backend.allocate(length), begins);
        try {
            for (int l : layers) {
                Layer layer = layout.layer(l);
                backend.copy(vector.slice(layer.offset(), layer.size()), slices.values.slice(begins[l], layer.size()));
            }
            return slices;
        } catch (RuntimeException e) {
            slices.close();
            throw e;
        }
    }

    @Override
    public DeviceVector values() {
        return values;
    }

    @Override
    public long begin(ParameterLayout spanned, int layer) {
        return begins[layer];
    }

    @Override
    public void requireFits(String what, ParameterLayout spanned) {
        if (spanned != layout) {
            throw new IllegalArgumentException(what + " holds layers of another layout.");
        }
    }

    @Override
    public void close() {
        values.close();
    }
}
