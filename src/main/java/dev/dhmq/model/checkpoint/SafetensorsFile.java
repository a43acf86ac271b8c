package dev.dhmq.model.checkpoint;

import dev.dhmq.InvalidInputException;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * A safetensors file, mapped into memory and checked when it is opened; nothing of it is copied.
 *
 * <p>Tensors may be read by several threads and are valid until {@link #close()}. Close it when no thread reads any more.
 */
public final class SafetensorsFile implements TensorSource {
    private static final int LENGTH_BYTES = 8;
    /** The format's own limit, so that a hostile length takes no memory. */
    private static final long MAX_HEADER_BYTES = 100_000_000;

    private static final ValueLayout.OfLong LENGTH = ValueLayout.JAVA_LONG_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);

    private final Path file;
    private final Arena arena;
    private final Map<String, String> metadata;
    private final Map<String, TensorEntry> tensors;
    private boolean closed;

    private SafetensorsFile(Path file, Arena arena, Map<String, String> metadata, Map<String, TensorEntry> tensors) {
        this.file = file;
        this.arena = arena;
        this.metadata = metadata;
        this.tensors = tensors;
    }

    /**
     * Opens a file.
     *
     * @throws InvalidInputException with one sentence where it is missing, cut off, or not what its header says
     */
    @SuppressWarnings("MustBeClosedChecker") // The opened file owns the arena and closes it.
    public static SafetensorsFile open(Path file) {
        if (!Files.isRegularFile(file)) {
            throw new InvalidInputException(file + (Files.exists(file) ? " is no file" : " does not exist")
                    + "; name a safetensors checkpoint.");
        }
        Arena arena = Arena.ofShared();
        try (FileChannel channel = FileChannel.open(file, StandardOpenOption.READ)) {
            return map(file, channel, arena);
        } catch (IOException e) {
            arena.close();
            throw new InvalidInputException(
                    file + " cannot be read (" + e.getMessage() + "); check the file and its permissions.", e);
        } catch (RuntimeException | Error e) {
            arena.close();
            throw e;
        }
    }

    private static SafetensorsFile map(Path file, FileChannel channel, Arena arena) throws IOException {
        long size = channel.size();
        if (size < LENGTH_BYTES) {
            throw new InvalidInputException(file + " has " + size
                    + " bytes, too few for a safetensors checkpoint; it was cut off, so copy or make it again.");
        }
        MemorySegment bytes = channel.map(FileChannel.MapMode.READ_ONLY, 0, size, arena);
        long headerBytes = bytes.get(LENGTH, 0);
        if (headerBytes < 2 || headerBytes > MAX_HEADER_BYTES || headerBytes > size - LENGTH_BYTES) {
            throw new InvalidInputException(file + " says its header has " + Long.toUnsignedString(headerBytes)
                    + " bytes, but " + size + " are in the file"
                    + (headerBytes > MAX_HEADER_BYTES ? " and 100 million are allowed" : "")
                    + "; it is cut off or no safetensors checkpoint.");
        }
        byte[] json = bytes.asSlice(LENGTH_BYTES, headerBytes).toArray(ValueLayout.JAVA_BYTE);
        MemorySegment data = bytes.asSlice(LENGTH_BYTES + headerBytes);
        SafetensorsHeader header = SafetensorsHeader.parse(file.toString(), json, data.byteSize());
        Map<String, TensorEntry> tensors = new LinkedHashMap<>();
        for (SafetensorsHeader.Place place : header.tensors()) {
            tensors.put(
                    place.name(),
                    new TensorEntry(
                            place.name(),
                            place.dtype(),
                            place.shape(),
                            data.asSlice(place.begin(), place.end() - place.begin())));
        }
        return new SafetensorsFile(
                file, arena, Collections.unmodifiableMap(header.metadata()), Collections.unmodifiableMap(tensors));
    }

    @Override
    public List<String> names() {
        return List.copyOf(tensors.keySet());
    }

    @Override
    public boolean has(String name) {
        return tensors.containsKey(name);
    }

    @Override
    public TensorEntry tensor(String name) {
        @Nullable TensorEntry tensor = tensors.get(name);
        if (tensor == null) {
            throw new InvalidInputException(
                    file + " has no tensor \"" + name + "\"; use a checkpoint of this very architecture.");
        }
        return tensor;
    }

    /** The free texts stored with the tensors. */
    public Map<String, String> metadata() {
        return metadata;
    }

    /** Unmaps the file; its tensors must not be used any more. Closing twice is harmless. */
    @Override
    public void close() {
        if (!closed) {
            closed = true;
            arena.close();
        }
    }
}
