package dev.dhmq.model.checkpoint;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.zip.CRC32;
import java.util.zip.ZipEntry;
import java.util.zip.ZipOutputStream;

/** Writes what {@code torch.save} writes: pickles of protocol 2, instruction by instruction, in an archive without compression. */
public final class PthWriter {
    private final ByteArrayOutputStream pickle = new ByteArrayOutputStream();
    private final Map<String, byte[]> entries = new LinkedHashMap<>();
    private boolean compressed;

    public PthWriter() {
        raw(0x80, 2);
    }

    PthWriter raw(int... bytes) {
        for (int b : bytes) {
            pickle.write(b);
        }
        return this;
    }

    PthWriter name(String module, String member) {
        pickle.writeBytes(("c" + module + "\n" + member + "\n").getBytes(StandardCharsets.UTF_8));
        return this;
    }

    PthWriter text(String value) {
        byte[] utf8 = value.getBytes(StandardCharsets.UTF_8);
        raw('X').little(utf8.length);
        pickle.writeBytes(utf8);
        return this;
    }

    PthWriter whole(long value) {
        if (value >= 0 && value < 256) {
            return raw('K', (int) value);
        }
        if (value >= Integer.MIN_VALUE && value <= Integer.MAX_VALUE) {
            return raw('J').little((int) value);
        }
        raw(0x8a, 8);
        pickle.writeBytes(ByteBuffer.allocate(8)
                .order(ByteOrder.LITTLE_ENDIAN)
                .putLong(value)
                .array());
        return this;
    }

    private PthWriter little(int value) {
        pickle.writeBytes(ByteBuffer.allocate(4)
                .order(ByteOrder.LITTLE_ENDIAN)
                .putInt(value)
                .array());
        return this;
    }

    public PthWriter orderedDict() {
        return name("collections", "OrderedDict").raw(')', 'R');
    }

    private PthWriter wholes(long... values) {
        raw('(');
        for (long value : values) {
            whole(value);
        }
        return raw('t');
    }

    /** A view of a storage, with the arguments that PyTorch gives and no more. */
    PthWriter tensor(String type, String key, long elements, long offset, long[] shape, long[] strides) {
        name("torch._utils", "_rebuild_tensor_v2").raw('(', '(').text("storage").name("torch", type);
        text(key).text("cpu").whole(elements).raw('t', 'Q');
        return whole(offset)
                .wholes(shape)
                .wholes(strides)
                .raw(0x89)
                .orderedDict()
                .raw('t', 'R');
    }

    /** A key, a contiguous tensor of float32 and its storage, to be set in the dictionary below. */
    public PthWriter floats(String name, String key, long[] shape, float... values) {
        long[] strides = new long[shape.length];
        long stride = 1;
        for (int d = shape.length - 1; d >= 0; d--) {
            strides[d] = stride;
            stride *= shape[d];
        }
        storage(key, values);
        return text(name)
                .tensor("FloatStorage", key, values.length, 0, shape, strides)
                .raw('s');
    }

    PthWriter storage(String key, float... values) {
        ByteBuffer bytes = ByteBuffer.allocate(4 * values.length).order(ByteOrder.LITTLE_ENDIAN);
        for (float value : values) {
            bytes.putFloat(value);
        }
        return entry("data/" + key, bytes.array());
    }

    PthWriter entry(String name, byte[] content) {
        entries.put(name, content);
        return this;
    }

    PthWriter compressed() {
        compressed = true;
        return this;
    }

    byte[] bytes() {
        raw('.');
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        try (ZipOutputStream zip = new ZipOutputStream(bytes)) {
            put(zip, "archive/data.pkl", pickle.toByteArray());
            for (Map.Entry<String, byte[]> entry : entries.entrySet()) {
                put(zip, "archive/" + entry.getKey(), entry.getValue());
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return bytes.toByteArray();
    }

    private void put(ZipOutputStream zip, String name, byte[] content) throws IOException {
        ZipEntry entry = new ZipEntry(name);
        if (!compressed) {
            CRC32 crc = new CRC32();
            crc.update(content);
            entry.setMethod(ZipEntry.STORED);
            entry.setSize(content.length);
            entry.setCrc(crc.getValue());
        }
        zip.putNextEntry(entry);
        zip.write(content);
        zip.closeEntry();
    }

    public Path write(Path file) throws IOException {
        return Files.write(file, bytes());
    }
}
