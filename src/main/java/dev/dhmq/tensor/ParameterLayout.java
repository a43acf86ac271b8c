package dev.dhmq.tensor;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * How the layers lie in the flat weight vector: back to back, in the order they were added, no padding.
 *
 * <p>Immutable and safe to share between threads.
 */
public final class ParameterLayout {

    /** Name and shape of a layer to lay out: {@code channels} output channels of {@code channelSize} weights each. */
    public record Shape(String name, int channels, int channelSize) {
        public Shape {
            if (channels <= 0 || channelSize <= 0) {
                throw new IllegalArgumentException("Layer " + name + " has " + channels + " channels of " + channelSize
                        + " weights; both must be positive.");
            }
        }
    }

    private final List<Layer> layers;
    private final Map<String, Integer> indexByName = new HashMap<>();
    private final long size;
    private final int channels;

    private ParameterLayout(List<Layer> layers, long size, int channels) {
        this.layers = List.copyOf(layers);
        this.size = size;
        this.channels = channels;
        for (int i = 0; i < layers.size(); i++) {
            String name = layers.get(i).name();
            if (indexByName.put(name, i) != null) {
                throw new IllegalArgumentException("Two layers are named " + name + ".");
            }
        }
    }

    /** Lays the shapes out one after the other. */
    public static ParameterLayout of(List<Shape> shapes) {
        List<Layer> layers = new ArrayList<>();
        long offset = 0;
        int channel = 0;
        for (Shape shape : shapes) {
            Layer layer = new Layer(shape.name(), offset, shape.channels(), shape.channelSize(), channel);
            layers.add(layer);
            offset += layer.size();
            channel = Math.addExact(channel, shape.channels());
        }
        return new ParameterLayout(layers, offset, channel);
    }

    /** The layers in order of their offsets. */
    public List<Layer> layers() {
        return layers;
    }

    /** The layer at this index of {@link #layers()}. */
    public Layer layer(int index) {
        return layers.get(index);
    }

    /** Index of the layer with this name, or -1 where there is none. */
    public int indexOf(String name) {
        return indexByName.getOrDefault(name, -1);
    }

    /** Weights of all layers together: the length of the flat vector. */
    public long size() {
        return size;
    }

    /** Output channels of all layers together: the length of a scale vector. */
    public int channels() {
        return channels;
    }
}
