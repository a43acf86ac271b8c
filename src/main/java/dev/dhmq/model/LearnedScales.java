package dev.dhmq.model;

import dev.dhmq.InvalidInputException;
import dev.dhmq.model.checkpoint.DType;
import dev.dhmq.model.checkpoint.ModelDirectory;
import dev.dhmq.model.checkpoint.PackedCheckpoint;
import dev.dhmq.model.checkpoint.SafetensorsFile;
import dev.dhmq.model.checkpoint.SafetensorsWriter;
import dev.dhmq.model.checkpoint.TensorEntry;
import dev.dhmq.model.checkpoint.TensorSource;
import dev.dhmq.quant.BitWidths;
import dev.dhmq.quant.WeightQuantizer;
import dev.dhmq.tensor.Backend;
import dev.dhmq.tensor.Layer;
import dev.dhmq.tensor.ParameterLayout;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;

/**
 * The scales of weights that lie on their grid: those that quantization-aware training has learned or a correction has amplified,
 * in {@code scales.safetensors} beside them. A search for scales would find others, and move the weights. Immutable.
 */
public final class LearnedScales {
    /** No scales: all are searched. */
    public static final LearnedScales NONE = new LearnedScales(Map.of());

    private static final String FILE = "scales.safetensors";
    private static final String FORMAT = "dhmq-scales-1";
    private static final String FORMAT_KEY = "format";
    private static final String SUFFIX = ".scale";

    private final Map<String, LayerScales> layers;

    /** One layer's. */
    private static final class LayerScales {
        final int bits;
        final float[] values;

        LayerScales(int bits, float[] values) {
            this.bits = bits;
            this.values = values;
        }
    }

    private LearnedScales(Map<String, LayerScales> layers) {
        this.layers = layers;
    }

    /**
     * The scales of a training.
     *
     * @param bits of every layer; those not quantized have no scales
     * @param scales of all channels of the layout
     */
    public static LearnedScales of(ParameterLayout layout, int[] bits, float[] scales) {
        Map<String, LayerScales> layers = new LinkedHashMap<>();
        for (int l = 0; l < bits.length; l++) {
            if (bits[l] != Backend.SKIP) {
                Layer layer = layout.layer(l);
                int first = layer.firstChannel();
                layers.put(
                        layer.name(),
                        new LayerScales(bits[l], Arrays.copyOfRange(scales, first, first + layer.channels())));
            }
        }
        return new LearnedScales(layers);
    }

    /** Those that a quantizer uses for these bits; layers in float32 have none. */
    static LearnedScales of(WeightQuantizer quantizer, int[] bits) {
        Map<String, LayerScales> layers = new LinkedHashMap<>();
        for (int l = 0; l < bits.length; l++) {
            if (bits[l] != Backend.SKIP) {
                Layer layer = quantizer.layout().layer(l);
                layers.put(layer.name(), new LayerScales(bits[l], quantizer.scales(layer, bits[l])));
            }
        }
        return new LearnedScales(layers);
    }

    /** A layer's, one a channel; empty where it has none. */
    public Optional<float[]> ofLayer(String name) {
        return Optional.ofNullable(layers.get(name)).map(layer -> layer.values.clone());
    }

    /** These times the gains of the corrections there are. */
    LearnedScales times(Map<String, ChannelCorrection> corrections) {
        Map<String, LayerScales> amplified = new LinkedHashMap<>();
        layers.forEach((name, layer) -> {
            float[] values = layer.values.clone();
            ChannelCorrection correction = corrections.get(name);
            for (int c = 0; correction != null && c < values.length; c++) {
                values[c] *= correction.gain()[c];
            }
            amplified.put(name, new LayerScales(layer.bits, values));
        });
        return new LearnedScales(amplified);
    }

    /** Where scales lie in a model's folder, if it has any that are not packed with its weights. */
    public static Path file(Path folder) {
        return folder.resolve(FILE);
    }

    /** Writes {@code scales.safetensors} into a model's folder, whole or not at all. */
    public void write(Path folder) {
        Map<String, String> metadata = new TreeMap<>();
        metadata.put(FORMAT_KEY, FORMAT);
        List<TensorEntry> entries = new ArrayList<>();
        layers.forEach((name, layer) -> {
            metadata.put(name, Integer.toString(layer.bits));
            entries.add(TensorEntry.ofFloats(name + SUFFIX, DType.F32, new long[] {layer.values.length}, layer.values));
        });
        SafetensorsWriter.write(file(folder), metadata, entries);
    }

    /**
     * Reads the scales that packed weights are stored with, or else those beside a model's weights; {@link #NONE} where there
     * are none.
     *
     * @throws InvalidInputException with one sentence where the file is broken or does not fit the model's layers
     */
    public static LearnedScales read(Path folder, ParameterLayout layout) {
        Path file = file(folder);
        LearnedScales packed = ofPacked(folder);
        if (packed != NONE || !Files.exists(file)) {
            return packed;
        }
        try (SafetensorsFile stored = SafetensorsFile.open(file)) {
            if (!FORMAT.equals(stored.metadata().get(FORMAT_KEY))) {
                throw wrong(file, "is no file of learned scales of this version");
            }
            Map<String, LayerScales> layers = new LinkedHashMap<>();
            for (String name : stored.metadata().keySet()) {
                if (!name.equals(FORMAT_KEY)) {
                    layers.put(name, layer(file, stored, name, layout));
                }
            }
            requireNoOthers(file, stored, layers);
            return new LearnedScales(layers);
        }
    }

    private static LearnedScales ofPacked(Path folder) {
        ModelDirectory directory = new ModelDirectory(folder);
        if (!Files.exists(directory.safetensors())) {
            return NONE;
        }
        try (TensorSource weights = directory.openWeights()) {
            if (!(weights instanceof PackedCheckpoint packed)) {
                return NONE;
            }
            Map<String, LayerScales> layers = new LinkedHashMap<>();
            packed.packedNames()
                    .forEach(name -> layers.put(name, new LayerScales(packed.bits(name), packed.scales(name))));
            return new LearnedScales(layers);
        }
    }

    private static LayerScales layer(Path file, SafetensorsFile stored, String name, ParameterLayout layout) {
        int index = layout.indexOf(name);
        if (index < 0) {
            throw wrong(file, "has scales of " + name + ", which is none of the model's layers");
        }
        String tensor = name + SUFFIX;
        long[] shape = {layout.layer(index).channels()};
        if (!stored.has(tensor)
                || stored.tensor(tensor).dtype() != DType.F32
                || !Arrays.equals(stored.tensor(tensor).shape(), shape)) {
            throw wrong(file, "does not hold " + tensor + " as F32 of shape " + Arrays.toString(shape));
        }
        float[] values = stored.tensor(tensor).toFloats();
        for (int c = 0; c < values.length; c++) {
            if (!(values[c] >= 0) || Float.isInfinite(values[c])) {
                throw wrong(
                        file,
                        "has " + values[c] + " at " + tensor + "[" + c
                                + "], which must be a finite number of at least 0");
            }
        }
        return new LayerScales(bits(file, name, stored.metadata().getOrDefault(name, "")), values);
    }

    private static int bits(Path file, String layer, String text) {
        for (int bits = BitWidths.NARROWEST; bits <= BitWidths.WIDEST; bits++) {
            if (text.equals(Integer.toString(bits))) {
                return bits;
            }
        }
        throw wrong(file, "says that " + layer + " has \"" + text + "\" bits, which must be 2 to 8");
    }

    private static void requireNoOthers(Path file, SafetensorsFile stored, Map<String, LayerScales> layers) {
        for (String tensor : stored.names()) {
            if (!tensor.endsWith(SUFFIX)
                    || !layers.containsKey(tensor.substring(0, tensor.length() - SUFFIX.length()))) {
                throw wrong(file, "holds " + tensor + " but does not say for how many bits it was learned");
            }
        }
    }

    private static InvalidInputException wrong(Path file, String complaint) {
        return new InvalidInputException(
                file + " " + complaint + "; use the file that dhmq finetune or dhmq correct wrote with these weights.");
    }

    /** Gives the quantizer these scales for the layers that have the bits they were learned for. */
    public void useIn(WeightQuantizer quantizer, int[] bits) {
        for (int l = 0; l < bits.length; l++) {
            Layer layer = quantizer.layout().layer(l);
            LayerScales learned = layers.get(layer.name());
            if (learned != null && learned.bits == bits[l]) {
                quantizer.useScales(layer, bits[l], learned.values);
            }
        }
    }

    /** Whether all layers that these bits quantize have scales that were learned for them: the weights lie on their grid already. */
    public boolean fit(ParameterLayout layout, int[] bits) {
        for (int l = 0; l < bits.length; l++) {
            if (bits[l] != Backend.SKIP && !fits(layout.layer(l), bits[l])) {
                return false;
            }
        }
        return true;
    }

    /** Whether a layer has scales that were learned for this many bits. */
    boolean fits(Layer layer, int bits) {
        LayerScales learned = layers.get(layer.name());
        return learned != null && learned.bits == bits;
    }
}
