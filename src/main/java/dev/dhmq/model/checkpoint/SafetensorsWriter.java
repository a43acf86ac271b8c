package dev.dhmq.model.checkpoint;

import dev.dhmq.files.NewFile;
import java.io.IOException;
import java.io.OutputStream;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;

/** Writes safetensors files. The same tensors and texts always give the same bytes, in whatever order they come. */
public final class SafetensorsWriter {
    private static final int CHUNK = 1 << 20;

    private SafetensorsWriter() {}

    /**
     * Writes a file, whole or not at all.
     *
     * @param metadata free texts; may be empty
     * @throws dev.dhmq.InvalidInputException where the file cannot be written
     * @throws IllegalArgumentException where two tensors have one name
     */
    public static void write(Path file, Map<String, String> metadata, List<TensorEntry> tensors) {
        // Wide elements first keeps every tensor aligned to its own element size.
        List<TensorEntry> ordered = tensors.stream()
                .sorted(Comparator.comparingInt(
                                (TensorEntry tensor) -> -tensor.dtype().bytes())
                        .thenComparing(TensorEntry::name))
                .toList();
        byte[] header = header(metadata, ordered).toJson();
        NewFile.write(file, out -> {
            out.write(ByteBuffer.allocate(8)
                    .order(ByteOrder.LITTLE_ENDIAN)
                    .putLong(header.length)
                    .array());
            out.write(header);
            for (TensorEntry tensor : ordered) {
                write(tensor.data(), out);
            }
        });
    }

    private static SafetensorsHeader header(Map<String, String> metadata, List<TensorEntry> tensors) {
        Set<String> names = new HashSet<>();
        List<SafetensorsHeader.Place> places = new ArrayList<>();
        long begin = 0;
        for (TensorEntry tensor : tensors) {
            if (!names.add(tensor.name())) {
                throw new IllegalArgumentException("Two tensors are called " + tensor.name() + ".");
            }
            long end = begin + tensor.data().byteSize();
            places.add(new SafetensorsHeader.Place(tensor.name(), tensor.dtype(), tensor.shape(), begin, end));
            begin = end;
        }
        return new SafetensorsHeader(new TreeMap<>(metadata), places);
    }

    private static void write(MemorySegment data, OutputStream out) throws IOException {
        for (long from = 0; from < data.byteSize(); from += CHUNK) {
            long length = Math.min(CHUNK, data.byteSize() - from);
            out.write(data.asSlice(from, length).toArray(ValueLayout.JAVA_BYTE));
        }
    }
}
