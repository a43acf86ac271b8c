package dev.dhmq.model.checkpoint;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonGenerator;
import dev.dhmq.InvalidInputException;
import dev.dhmq.files.JsonFile;
import dev.dhmq.files.JsonObject;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;

/**
 * The JSON header of a safetensors file: which tensor lies where.
 *
 * @param metadata free texts by key
 * @param tensors in the order of their data, which fills the file without gaps
 */
record SafetensorsHeader(Map<String, String> metadata, List<Place> tensors) {
    private static final String METADATA = "__metadata__";

    /** Where one tensor lies; {@code begin} and {@code end} count bytes from the end of the header. */
    record Place(String name, DType dtype, long[] shape, long begin, long end) {}

    /**
     * Reads and checks a header. What passes has types and shapes that fit their byte ranges, and ranges that cover the
     * data exactly once.
     *
     * @param dataBytes bytes in the file after the header
     */
    static SafetensorsHeader parse(String file, byte[] json, long dataBytes) {
        JsonObject header = JsonFile.parseObject(file + " (header)", json);
        Map<String, String> metadata = new TreeMap<>();
        List<Place> tensors = new ArrayList<>();
        for (String key : header.keys()) {
            if (key.equals(METADATA)) {
                JsonObject texts = header.object(METADATA);
                texts.keys().forEach(name -> metadata.put(name, texts.text(name)));
            } else {
                tensors.add(place(header.object(key).at(file + ": tensor \"" + key + "\""), key));
            }
        }
        tensors.sort(Comparator.comparingLong(Place::begin).thenComparingLong(Place::end));
        requireNoGaps(file, tensors, dataBytes);
        return new SafetensorsHeader(metadata, List.copyOf(tensors));
    }

    private static Place place(JsonObject object, String name) {
        object.requireOnly(Set.of("dtype", "shape", "data_offsets"));
        DType dtype = dtype(object);
        long[] shape =
                object.integers("shape").stream().mapToLong(Long::longValue).toArray();
        long[] range = object.integers("data_offsets").stream()
                .mapToLong(Long::longValue)
                .toArray();
        if (range.length != 2 || range[0] < 0 || range[1] < range[0]) {
            throw object.wrong(
                    "data_offsets", "must be two ascending numbers of at least 0, but is " + Arrays.toString(range));
        }
        long bytes;
        try {
            bytes = Math.multiplyExact(TensorEntry.elements(shape), (long) dtype.bytes());
        } catch (ArithmeticException e) {
            throw new InvalidInputException(
                    object.where() + ": the shape " + Arrays.toString(shape)
                            + " is not possible; the file is damaged, so make it again.",
                    e);
        }
        if (bytes != range[1] - range[0]) {
            throw new InvalidInputException(object.where() + " has " + (range[1] - range[0])
                    + " bytes, but its shape " + Arrays.toString(shape) + " of " + dtype + " needs " + bytes
                    + "; the file is damaged, so make it again.");
        }
        return new Place(name, dtype, shape, range[0], range[1]);
    }

    private static DType dtype(JsonObject object) {
        String name = object.text("dtype");
        return Arrays.stream(DType.values())
                .filter(dtype -> dtype.name().equals(name))
                .findFirst()
                .orElseThrow(() -> object.wrong(
                        "dtype", "is " + name + ", but must be one of " + Arrays.toString(DType.values())));
    }

    private static void requireNoGaps(String file, List<Place> tensors, long dataBytes) {
        long end = 0;
        for (Place tensor : tensors) {
            if (tensor.begin() != end) {
                throw new InvalidInputException(file + ": tensor \"" + tensor.name() + "\" begins at byte "
                        + tensor.begin() + " of the data, but the one before ends at " + end
                        + "; the file is damaged, so make it again.");
            }
            end = tensor.end();
        }
        if (end != dataBytes) {
            throw new InvalidInputException(file + " has " + dataBytes + " bytes of data, but its header names " + end
                    + "; it was cut off or added to, so copy or make it again.");
        }
    }

    /** The header as JSON, padded with blanks so that the data after it is aligned to 8 bytes. */
    byte[] toJson() {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        try (JsonGenerator json = new JsonFactory().createGenerator(out)) {
            json.writeStartObject();
            if (!metadata.isEmpty()) {
                json.writeObjectFieldStart(METADATA);
                for (Map.Entry<String, String> text : metadata.entrySet()) {
                    json.writeStringField(text.getKey(), text.getValue());
                }
                json.writeEndObject();
            }
            for (Place tensor : tensors) {
                json.writeObjectFieldStart(tensor.name());
                json.writeStringField("dtype", tensor.dtype().name());
                json.writeFieldName("shape");
                json.writeArray(tensor.shape(), 0, tensor.shape().length);
                json.writeFieldName("data_offsets");
                json.writeArray(new long[] {tensor.begin(), tensor.end()}, 0, 2);
                json.writeEndObject();
            }
            json.writeEndObject();
        } catch (IOException e) {
            throw new UncheckedIOException("Writing to memory failed.", e);
        }
        while (out.size() % 8 != 0) {
            out.write(' ');
        }
        return out.toByteArray();
    }
}
