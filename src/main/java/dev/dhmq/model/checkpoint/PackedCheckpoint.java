package dev.dhmq.model.checkpoint;

import dev.dhmq.InvalidInputException;
import dev.dhmq.quant.PackedWeights;
import dev.dhmq.tensor.Backend;
import dev.dhmq.tensor.Layer;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * A checkpoint whose quantized weights are stored as integers of 2 to 8 bits and a scale a channel, in a safetensors file
 * mapped into memory. It shows them as the float weights they stand for, unpacked when they are asked for.
 *
 * <p>As safe for threads as {@link SafetensorsFile}.
 */
public final class PackedCheckpoint implements TensorSource {
    private final SafetensorsFile file;
    private final Map<String, PackedTensor> layers;

    private PackedCheckpoint(SafetensorsFile file, Map<String, PackedTensor> layers) {
        this.file = file;
        this.layers = Collections.unmodifiableMap(layers);
    }

    /** Whether a file holds packed weights, of whatever version. */
    public static boolean is(SafetensorsFile file) {
        return PackedFormat.is(file.metadata());
    }

    /**
     * Looks at an open file as a packed checkpoint, which from then on closes it. All of it is read once, to see whether it is
     * as it was written.
     *
     * @param path where it lies, for messages
     * @throws InvalidInputException where it is of another version, damaged, or its tensors are not what its texts say
     */
    public static PackedCheckpoint of(Path path, SafetensorsFile file) {
        List<TensorEntry> tensors = file.names().stream().map(file::tensor).toList();
        PackedFormat.requireIntact(path, file.metadata(), tensors);
        Map<String, PackedTensor> layers = new LinkedHashMap<>();
        PackedFormat.layers(path, file.metadata())
                .forEach((name, shape) -> layers.put(name, layer(path, file, name, shape)));
        return new PackedCheckpoint(file, layers);
    }

    private static PackedTensor layer(Path path, SafetensorsFile file, String name, PackedTensor.Shape shape) {
        if (file.has(name)) {
            throw wrong(path, "holds " + name + " both packed and as it is");
        }
        TensorEntry integers = part(path, file, name + PackedFormat.INTEGERS, DType.U8, shape.packedBytes());
        TensorEntry scales = part(path, file, name + PackedFormat.SCALES, DType.F32, shape.channels());
        float[] values = scales.toFloats();
        for (int c = 0; c < values.length; c++) {
            if (!(values[c] >= 0) || Float.isInfinite(values[c])) {
                throw wrong(
                        path,
                        "has " + values[c] + " at " + scales.name() + "[" + c
                                + "], which must be a finite number of at least 0");
            }
        }
        return new PackedTensor(shape, integers.data(), values);
    }

    private static TensorEntry part(Path path, SafetensorsFile file, String name, DType dtype, long elements) {
        long[] shape = {elements};
        if (!file.has(name)
                || file.tensor(name).dtype() != dtype
                || !Arrays.equals(file.tensor(name).shape(), shape)) {
            throw wrong(path, "does not hold " + name + " as " + dtype + " of shape " + Arrays.toString(shape));
        }
        return file.tensor(name);
    }

    private static InvalidInputException wrong(Path path, String complaint) {
        return new InvalidInputException(path + " " + complaint
                + ", so it is no packed checkpoint that can be used; pack it again with dhmq pack.");
    }

    /**
     * Writes a packed checkpoint, whole or not at all.
     *
     * @param metadata free texts to be kept with it
     * @param tensors all of the model's as floats; those of layers that are packed are left out
     */
    public static void write(
            Path path, Map<String, String> metadata, PackedWeights weights, List<TensorEntry> tensors) {
        Map<String, PackedTensor.Shape> shapes = new LinkedHashMap<>();
        List<TensorEntry> stored = new ArrayList<>();
        for (TensorEntry tensor : tensors) {
            int index = weights.packing().layout().indexOf(tensor.name());
            if (index < 0 || weights.packing().bits()[index] == Backend.SKIP) {
                stored.add(tensor);
            } else {
                int bits = weights.packing().bits()[index];
                shapes.put(tensor.name(), PackedTensor.Shape.of(tensor.name(), bits, tensor.shape()));
                Layer layer = weights.packing().layout().layer(index);
                float[] scales = weights.scales(layer);
                var integers = weights.integers(index);
                stored.add(new TensorEntry(
                        tensor.name() + PackedFormat.INTEGERS, DType.U8, new long[] {integers.byteSize()}, integers));
                stored.add(TensorEntry.ofFloats(
                        tensor.name() + PackedFormat.SCALES, DType.F32, new long[] {scales.length}, scales));
            }
        }
        SafetensorsWriter.write(path, PackedFormat.metadata(metadata, shapes, stored), stored);
    }

    /** The packed layers' names. */
    public List<String> packedNames() {
        return List.copyOf(layers.keySet());
    }

    /** Bits of a packed layer. */
    public int bits(String name) {
        return packed(name).shape().bits();
    }

    /** Scales of a packed layer's channels. */
    public float[] scales(String name) {
        return packed(name).scales().clone();
    }

    private PackedTensor packed(String name) {
        PackedTensor layer = layers.get(name);
        if (layer == null) {
            throw new IllegalArgumentException(name + " is not packed.");
        }
        return layer;
    }

    @Override
    public List<String> names() {
        List<String> names = new ArrayList<>(layers.keySet());
        for (String name : file.names()) {
            if (!isPart(name)) {
                names.add(name);
            }
        }
        return names;
    }

    private boolean isPart(String name) {
        return List.of(PackedFormat.INTEGERS, PackedFormat.SCALES).stream()
                .anyMatch(suffix -> name.endsWith(suffix)
                        && layers.containsKey(name.substring(0, name.length() - suffix.length())));
    }

    @Override
    public boolean has(String name) {
        return layers.containsKey(name) || (file.has(name) && !isPart(name));
    }

    @Override
    public TensorEntry tensor(String name) {
        PackedTensor layer = layers.get(name);
        return layer == null
                ? file.tensor(name)
                : TensorEntry.ofFloats(name, DType.F32, layer.shape().sizes(), layer.toFloats());
    }

    /** The free texts stored with the tensors. */
    public Map<String, String> metadata() {
        return file.metadata();
    }

    @Override
    public void close() {
        file.close();
    }
}
