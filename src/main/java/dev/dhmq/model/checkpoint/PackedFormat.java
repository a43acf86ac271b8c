package dev.dhmq.model.checkpoint;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.dhmq.InvalidInputException;
import dev.dhmq.files.JsonFile;
import dev.dhmq.files.JsonObject;
import dev.dhmq.files.Sha256;
import dev.dhmq.quant.BitWidths;
import java.lang.foreign.MemorySegment;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;

/**
 * How packed weights lie in a safetensors file. A layer {@code NAME} of b bits is two tensors: {@code NAME.packed}, its
 * integers without gaps (weight i takes the bits from i b on, from the lowest of each byte, in two's complement), and {@code
 * NAME.scale}, a float32 a channel. A weight is its channel's scale times its integer. All other tensors are as in any
 * checkpoint. Texts beside them say how many bits and what shape each layer has, and hold a hash of everything.
 */
final class PackedFormat {
    static final String INTEGERS = ".packed";
    static final String SCALES = ".scale";

    private static final String FORMAT_KEY = "format";
    private static final String FORMAT = "dhmq-packed";
    private static final String VERSION_KEY = "version";
    private static final String VERSION = "1";
    private static final String LAYERS_KEY = "layers";
    private static final String HASH_KEY = "sha256";
    private static final long CHUNK = 1 << 24;

    private PackedFormat() {}

    /** Whether a file with these texts is of this format, of whatever version. */
    static boolean is(Map<String, String> metadata) {
        return FORMAT.equals(metadata.get(FORMAT_KEY));
    }

    /** The texts of a file with these layers and tensors. */
    static Map<String, String> metadata(
            Map<String, String> more, Map<String, PackedTensor.Shape> layers, List<TensorEntry> tensors) {
        ObjectNode json = JsonNodeFactory.instance.objectNode();
        layers.forEach((name, shape) -> {
            ObjectNode layer = json.putObject(name).put("bits", shape.bits());
            for (long size : shape.sizes()) {
                layer.withArray("shape").add(size);
            }
        });
        Map<String, String> metadata = new TreeMap<>(more);
        metadata.put(FORMAT_KEY, FORMAT);
        metadata.put(VERSION_KEY, VERSION);
        metadata.put(LAYERS_KEY, json.toString());
        metadata.put(HASH_KEY, hash(metadata, tensors));
        return metadata;
    }

    /** Refuses a file of another version, or one that is not as it was written. */
    static void requireIntact(Path file, Map<String, String> metadata, List<TensorEntry> tensors) {
        String version = metadata.getOrDefault(VERSION_KEY, "unknown");
        if (!version.equals(VERSION)) {
            throw new InvalidInputException(file + " is a packed checkpoint of version " + version
                    + ", but this program reads version " + VERSION
                    + "; pack it again with dhmq pack, or use the program that wrote it.");
        }
        if (!hash(metadata, tensors).equals(metadata.get(HASH_KEY))) {
            throw new InvalidInputException(
                    file + " is damaged: its contents do not give the hash that was stored with them;"
                            + " copy it again, or pack it again with dhmq pack.");
        }
    }

    /** Bits and shape of the packed layers by name. */
    static Map<String, PackedTensor.Shape> layers(Path file, Map<String, String> metadata) {
        JsonObject json = JsonFile.parseObject(
                file + " (" + LAYERS_KEY + ")",
                metadata.getOrDefault(LAYERS_KEY, "").getBytes(StandardCharsets.UTF_8));
        Map<String, PackedTensor.Shape> layers = new LinkedHashMap<>();
        for (String name : json.keys()) {
            JsonObject layer = json.object(name).at(file + ": layer \"" + name + "\"");
            layer.requireOnly(Set.of("bits", "shape"));
            int bits = layer.integer("bits", BitWidths.NARROWEST, BitWidths.WIDEST);
            long[] sizes =
                    layer.integers("shape").stream().mapToLong(Long::longValue).toArray();
            layers.put(name, PackedTensor.Shape.of(layer.where(), bits, sizes));
        }
        return layers;
    }

    /** SHA-256 of the texts and of every tensor with its name, type and shape, both in order of their names. */
    static String hash(Map<String, String> metadata, List<TensorEntry> tensors) {
        MessageDigest digest = Sha256.digest();
        new TreeMap<>(metadata).forEach((key, text) -> {
            if (!key.equals(HASH_KEY)) {
                add(digest, key);
                add(digest, text);
            }
        });
        tensors.stream().sorted(Comparator.comparing(TensorEntry::name)).forEach(tensor -> {
            add(digest, tensor.name());
            add(digest, tensor.dtype() + tensor.shapeText());
            add(digest, tensor.data());
        });
        return Sha256.hex(digest);
    }

    /** With a zero byte, which no name holds, so that two texts cannot run into each other. */
    private static void add(MessageDigest digest, String text) {
        digest.update(text.getBytes(StandardCharsets.UTF_8));
        digest.update((byte) 0);
    }

    private static void add(MessageDigest digest, MemorySegment data) {
        for (long from = 0; from < data.byteSize(); from += CHUNK) {
            digest.update(
                    data.asSlice(from, Math.min(CHUNK, data.byteSize() - from)).asByteBuffer());
        }
    }
}
