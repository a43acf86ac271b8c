package dev.dhmq.model.checkpoint;

import dev.dhmq.InvalidInputException;
import dev.dhmq.model.checkpoint.PickleValue.Storage;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.lang.foreign.MemorySegment;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.zip.ZipEntry;
import java.util.zip.ZipFile;
import org.jspecify.annotations.Nullable;

/**
 * The archive that PyTorch writes: {@code <name>/data.pkl} describes the tensors, {@code <name>/data/<key>} are their storages, none
 * of them compressed.
 */
final class StorageEntries implements AutoCloseable {
    private static final String DESCRIPTION = "/data.pkl";

    private final Path file;
    private final ZipFile archive;
    private final String folder;
    // Tied weights, and views of one large storage, follow each other.
    private @Nullable Storage last;
    private MemorySegment lastBytes = MemorySegment.NULL;

    private StorageEntries(Path file, ZipFile archive, String folder) {
        this.file = file;
        this.archive = archive;
        this.folder = folder;
    }

    /** Owns the archive, and closes it where it is refused. */
    static StorageEntries of(Path file, ZipFile archive) throws IOException {
        try {
            requirePlausible(file, archive);
            StorageEntries entries = new StorageEntries(file, archive, folder(file, archive));
            entries.requireLittleEndian();
            return entries;
        } catch (RuntimeException | Error e) {
            archive.close();
            throw e;
        }
    }

    /** Stored once each, all entries together are no larger than the file. */
    private static void requirePlausible(Path file, ZipFile archive) throws IOException {
        Set<String> names = new HashSet<>();
        long left = Files.size(file);
        for (ZipEntry entry : (Iterable<ZipEntry>) archive.stream().map(ZipEntry.class::cast)::iterator) {
            if (entry.getMethod() != ZipEntry.STORED) {
                throw new InvalidInputException(
                        file + " is compressed, as PyTorch never does it; save it again with torch.save.");
            }
            left -= entry.getSize();
            if (!names.add(entry.getName()) || entry.getSize() < 0 || left < 0) {
                throw new InvalidInputException(
                        file + " holds entries twice, or larger than itself; it is damaged, so save it again.");
            }
        }
    }

    private static String folder(Path file, ZipFile archive) {
        List<String> descriptions = archive.stream()
                .map(ZipEntry::getName)
                .filter(name -> name.endsWith(DESCRIPTION) && name.indexOf('/') == name.length() - DESCRIPTION.length())
                .toList();
        if (descriptions.size() != 1) {
            throw new InvalidInputException(file + " is an archive, but not one of torch.save: it has "
                    + descriptions.size() + " files data.pkl in a folder.");
        }
        String description = descriptions.getFirst();
        String folder = description.substring(0, description.length() - DESCRIPTION.length() + 1);
        if (archive.getEntry(folder + "constants.pkl") != null) {
            throw new InvalidInputException(
                    file + " is a TorchScript model, not a state dict; save torch.save(model.state_dict(), path).");
        }
        return folder;
    }

    private void requireLittleEndian() {
        ZipEntry order = archive.getEntry(folder + "byteorder");
        if (order != null && !new String(content(order), StandardCharsets.UTF_8).equals("little")) {
            throw new InvalidInputException(
                    file + " was saved on a big-endian machine; save it again on one that is little-endian.");
        }
    }

    /** The pickle. */
    byte[] description() {
        ZipEntry entry = archive.getEntry(folder + DESCRIPTION.substring(1));
        if (entry.getSize() > StateDictUnpickler.MOST_BYTES) {
            throw new InvalidInputException(file + " describes its tensors in " + entry.getSize() + " bytes, where "
                    + StateDictUnpickler.MOST_BYTES + " are allowed; save model.state_dict() alone.");
        }
        return content(entry);
    }

    /** A storage's elements, in host memory. */
    MemorySegment bytes(Storage storage) {
        if (!storage.equals(last)) {
            lastBytes = read(storage);
            last = storage;
        }
        return lastBytes;
    }

    private MemorySegment read(Storage storage) {
        ZipEntry entry = archive.getEntry(folder + "data/" + storage.key());
        if (entry == null || entry.isDirectory()) {
            throw new InvalidInputException(file + " lacks the data of a tensor; it is damaged, so save it again.");
        }
        long size = entry.getSize();
        if (size % storage.dtype().bytes() != 0 || size / storage.dtype().bytes() != storage.elements()) {
            throw new InvalidInputException(file + " has " + size + " bytes where a tensor of " + storage.elements()
                    + " elements of " + storage.dtype() + " lies; it is damaged, so save it again.");
        }
        if (size > Integer.MAX_VALUE - 8) {
            throw new InvalidInputException(
                    file + " has a tensor of " + size + " bytes; 2 GiB are the most that is read.");
        }
        return MemorySegment.ofArray(content(entry));
    }

    /** As many bytes as the directory says, which the size of the file bounds. */
    private byte[] content(ZipEntry entry) {
        try (InputStream in = archive.getInputStream(entry)) {
            byte[] bytes = in.readNBytes((int) entry.getSize());
            if (bytes.length != entry.getSize()) {
                throw new InvalidInputException(file + " is cut off; copy or save it again.");
            }
            return bytes;
        } catch (IOException e) {
            throw new InvalidInputException(file + " cannot be read (" + e.getMessage() + "); it is damaged.", e);
        }
    }

    @Override
    public void close() {
        try {
            archive.close();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
