package dev.dhmq.model.checkpoint;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.dhmq.InvalidInputException;
import dev.dhmq.quant.BitWidths;
import dev.dhmq.quant.PackedWeights;
import dev.dhmq.quant.WeightQuantizer;
import dev.dhmq.tensor.Backend;
import dev.dhmq.tensor.Backends;
import dev.dhmq.tensor.DeviceVector;
import dev.dhmq.tensor.ParameterLayout;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.TreeMap;
import org.assertj.core.data.Index;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class PackedCheckpointTest {
    /** Odd sizes, so that at most widths no layer ends with a whole byte, and one layer that stays float. */
    private static final ParameterLayout LAYOUT = ParameterLayout.of(List.of(
            new ParameterLayout.Shape("a.weight", 3, 7),
            new ParameterLayout.Shape("b.weight", 5, 3),
            new ParameterLayout.Shape("c.weight", 1, 11)));

    private static final int[] BITS = {3, Backend.SKIP, 5};

    @TempDir
    Path folder;

    private static float[] weights(long seed) {
        SplittableRandom random = new SplittableRandom(seed);
        float[] weights = new float[(int) LAYOUT.size()];
        for (int i = 0; i < weights.length; i++) {
            weights[i] = (float) random.nextGaussian();
        }
        for (int i = 7; i < 14; i++) {
            weights[i] = i == 9 ? -0f : 0; // a channel of zeros, whose scale is 0
        }
        return weights;
    }

    private static List<TensorEntry> tensors(float[] weights) {
        List<TensorEntry> tensors = new ArrayList<>();
        LAYOUT.layers().forEach(layer -> {
            float[] own = new float[(int) layer.size()];
            System.arraycopy(weights, (int) layer.offset(), own, 0, own.length);
            tensors.add(TensorEntry.ofFloats(
                    layer.name(), DType.F32, new long[] {layer.channels(), layer.channelSize()}, own));
        });
        tensors.add(TensorEntry.ofFloats("a.bias", DType.F32, new long[] {3}, new float[] {1, 2, 3}));
        return tensors;
    }

    private Path written() {
        Path file = folder.resolve("model.safetensors");
        float[] weights = weights(1);
        try (Backend backend = Backends.select(Backends.Choice.REFERENCE);
                DeviceVector vector = backend.allocate(weights.length)) {
            backend.write(weights, vector);
            try (WeightQuantizer quantizer = new WeightQuantizer(backend, LAYOUT, vector, BitWidths.of(3, 5))) {
                PackedCheckpoint.write(
                        file, Map.of("plan", "{}"), PackedWeights.of(backend, quantizer, BITS), tensors(weights));
            }
        }
        return file;
    }

    private static ModelDirectory directoryOf(Path file) {
        return new ModelDirectory(file.resolveSibling(""));
    }

    private static PackedCheckpoint open(Path file) {
        return (PackedCheckpoint) directoryOf(file).openWeights();
    }

    @ParameterizedTest
    @EnumSource(
            value = Backends.Choice.class,
            names = {"CPU", "REFERENCE"})
    void everyWidthGivesTheFakeQuantizedWeightsBitForBit(Backends.Choice choice) {
        for (int width = BitWidths.NARROWEST; width <= BitWidths.WIDEST; width++) {
            int[] bits = {width, width, width};
            float[] weights = weights(width);
            Path file = folder.resolve("model.safetensors");
            float[] quantized;
            try (Backend backend = Backends.select(choice);
                    DeviceVector vector = backend.allocate(weights.length);
                    DeviceVector out = backend.allocate(weights.length)) {
                backend.write(weights, vector);
                try (WeightQuantizer quantizer = new WeightQuantizer(backend, LAYOUT, vector, BitWidths.of(width))) {
                    PackedCheckpoint.write(
                            file, Map.of(), PackedWeights.of(backend, quantizer, bits), tensors(weights));
                    quantizer.quantize(bits, out);
                    quantized = backend.read(out);
                }
            }
            try (PackedCheckpoint packed = open(file)) {
                assertThat(packed.packedNames()).containsExactly("a.weight", "b.weight", "c.weight");
                tensors(quantized).forEach(expected -> {
                    TensorEntry found = packed.tensor(expected.name());
                    assertThat(found.shape()).isEqualTo(expected.shape());
                    // Bits and not values: isEqualTo on floats would let -0 pass for 0.
                    assertThat(found.data().mismatch(expected.data()))
                            .as(choice + ", " + found.name())
                            .isEqualTo(-1);
                });
            }
        }
    }

    @Test
    void layersLeftAloneAndOtherParametersAreThereAsTheyWere() {
        try (PackedCheckpoint packed = open(written())) {
            assertThat(packed.names()).containsExactlyInAnyOrder("a.weight", "b.weight", "c.weight", "a.bias");
            assertThat(packed.packedNames()).containsExactly("a.weight", "c.weight");
            assertThat(packed.bits("c.weight")).isEqualTo(5);
            assertThat(packed.scales("a.weight")).hasSize(3).contains(0, Index.atIndex(1));
            assertThat(packed.tensor("a.bias").toFloats()).containsExactly(1, 2, 3);
            TensorEntry alone = packed.tensor("b.weight");
            assertThat(alone.toFloats()).isEqualTo(tensors(weights(1)).get(1).toFloats());
            assertThat(packed.has("a.weight.packed")).isFalse();
            assertThat(packed.metadata()).containsEntry("plan", "{}");
        }
    }

    @Test
    void theSameWeightsGiveTheSameBytes() throws IOException {
        byte[] first = Files.readAllBytes(written());
        assertThat(Files.readAllBytes(written())).isEqualTo(first);
    }

    @Test
    void changedBytesAreNoticed() throws IOException {
        Path file = written();
        byte[] fine = Files.readAllBytes(file);
        for (int at = 0; at < fine.length; at += at < 16 ? 1 : 5) {
            byte[] damaged = fine.clone();
            damaged[at] ^= 4;
            Files.write(file, damaged);
            // A text's key may turn into another format's: then its tensors are none of a float model's.
            assertThatThrownBy(() -> readAll(file)).as("byte " + at).isInstanceOf(InvalidInputException.class);
        }
    }

    private static void readAll(Path file) {
        try (TensorSource source = directoryOf(file).openWeights()) {
            List.of("a.weight", "b.weight", "c.weight", "a.bias").forEach(source::tensor);
        }
    }

    @Test
    void truncationsAreNoticed() throws IOException {
        Path file = written();
        byte[] fine = Files.readAllBytes(file);
        for (int length = 0; length < fine.length; length += length < 16 ? 1 : 11) {
            Files.write(file, Arrays.copyOf(fine, length));
            assertThatThrownBy(() -> readAll(file))
                    .as(length + " bytes")
                    .isInstanceOf(InvalidInputException.class)
                    .hasMessageContaining("model.safetensors");
        }
    }

    @Test
    void otherVersionsAreNamed() {
        for (String version : List.of("0", "2", "")) {
            Path file = changed(Map.of("version", version));
            assertRefused(file, "is a packed checkpoint of version " + version + ", but this program reads version 1");
        }
    }

    @Test
    void aHashThatDoesNotFitIsDamage() {
        assertRefused(changed(Map.of("sha256", "00")), "is damaged");
        assertRefused(changed(Map.of("plan", "other")), "is damaged");
    }

    @Test
    void hostileAndImpossibleLayersAreRefusedBeforeMemoryIsTaken() {
        for (String shape : List.of("[4294967296,4294967296]", "[2147483648,1]", "[-1,5]", "[0,5]", "[]")) {
            assertRefused(hashed(shape, 3), "is not possible");
        }
        assertRefused(hashed("[3,7000000]", 3), "does not hold a.weight.packed as U8 of shape [7875000]");
        assertRefused(hashed("[3,7]", 1), "\"bits\"");
        assertRefused(hashed("[3,7]", 9), "\"bits\"");
    }

    @Test
    void scalesThatCannotBeAreNamed() {
        for (float odd : new float[] {-1, Float.NaN, Float.POSITIVE_INFINITY}) {
            Path file = crafted("{\"a.weight\":{\"bits\":3,\"shape\":[3,7]}}", part(8), scales(1, odd, 1));
            assertRefused(file, "has " + odd + " at a.weight.scale[1]");
        }
        String layers = "{\"a.weight\":{\"bits\":3,\"shape\":[3,7]}}";
        assertRefused(crafted(layers, part(8), scales(1, 1)), "does not hold a.weight.scale as F32 of shape [3]");
        assertRefused(crafted(layers, part(9), scales(1, 1, 1)), "does not hold a.weight.packed");
        TensorEntry twice = TensorEntry.ofFloats("a.weight", DType.F32, new long[] {1}, new float[1]);
        assertRefused(crafted(layers, part(8), scales(1, 1, 1), twice), "both packed and as it is");
        assertRefused(crafted("nonsense", part(8)), "is not valid JSON");
        assertRefused(crafted("{\"a.weight\":{\"bits\":3}}", part(8)), "\"shape\"");
    }

    private static TensorEntry part(int bytes) {
        return new TensorEntry("a.weight.packed", DType.U8, new long[] {bytes}, MemorySegment.ofArray(new byte[bytes]));
    }

    private static TensorEntry scales(float... values) {
        return TensorEntry.ofFloats("a.weight.scale", DType.F32, new long[] {values.length}, values);
    }

    private Path hashed(String shape, int bits) {
        return crafted("{\"a.weight\":{\"bits\":" + bits + ",\"shape\":" + shape + "}}", part(8), scales(1, 1, 1));
    }

    /** A file that says of its layers what a writer would not, with a hash that fits. */
    private Path crafted(String layers, TensorEntry... tensors) {
        Path file = folder.resolve("model.safetensors");
        Map<String, String> texts = new TreeMap<>(PackedFormat.metadata(Map.of(), Map.of(), List.of()));
        texts.put("layers", layers);
        texts.put("sha256", PackedFormat.hash(texts, List.of(tensors)));
        SafetensorsWriter.write(file, texts, List.of(tensors));
        return file;
    }

    /** A file whose texts were changed, hash and all else left as it was. */
    private Path changed(Map<String, String> texts) {
        Path file = written();
        Map<String, String> metadata;
        List<TensorEntry> tensors = new ArrayList<>();
        try (SafetensorsFile stored = SafetensorsFile.open(file)) {
            metadata = new TreeMap<>(stored.metadata());
            metadata.putAll(texts);
            stored.names().forEach(name -> tensors.add(stored.tensor(name)));
            SafetensorsWriter.write(file, metadata, tensors);
        }
        return file;
    }

    private static void assertRefused(Path file, String complaint) {
        assertThatThrownBy(() -> open(file))
                .isInstanceOf(InvalidInputException.class)
                .hasMessageContaining("model.safetensors")
                .hasMessageContaining(complaint);
    }
}
