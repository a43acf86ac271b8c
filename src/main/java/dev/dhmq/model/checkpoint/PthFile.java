package dev.dhmq.model.checkpoint;

import dev.dhmq.InvalidInputException;
import dev.dhmq.model.checkpoint.PickleValue.Dictionary;
import dev.dhmq.model.checkpoint.PickleValue.View;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.zip.ZipException;
import java.util.zip.ZipFile;

/**
 * A checkpoint that PyTorch has saved, {@code .pth} or {@code .pt}: the tensors of its state dict. Nothing in the file is run.
 *
 * <p>The state dict is the saved object, or what it has under {@code model}, {@code state_dict} or {@code model_state_dict}; a
 * {@code module.} before all names, which PyTorch's DataParallel puts there, is taken off. Values that are no tensors are left
 * out. A tensor's data are read when it is asked for. Not safe for use by several threads.
 */
public final class PthFile implements TensorSource {
    private static final List<String> NESTED = List.of("model", "state_dict", "model_state_dict");
    private static final String DATA_PARALLEL = "module.";

    private final Path file;
    private final StorageEntries storages;
    private final Map<String, View> views;

    private PthFile(Path file, StorageEntries storages, Map<String, View> views) {
        this.file = file;
        this.storages = storages;
        this.views = views;
    }

    /**
     * Opens a file.
     *
     * @throws InvalidInputException with one sentence where it is missing, cut off, of an older format, or no state dict
     */
    public static PthFile open(Path file) {
        if (!Files.isRegularFile(file)) {
            throw new InvalidInputException(file + (Files.exists(file) ? " is no file" : " does not exist")
                    + "; name a checkpoint that PyTorch has saved.");
        }
        StorageEntries storages = openArchive(file);
        try {
            PickleValue saved = StateDictUnpickler.read(file.toString(), storages.description());
            return new PthFile(file, storages, withoutPrefix(views(stateDict(file, saved))));
        } catch (RuntimeException | Error e) {
            storages.close();
            throw e;
        }
    }

    private static StorageEntries openArchive(Path file) {
        try {
            return StorageEntries.of(file, new ZipFile(file.toFile(), StandardCharsets.UTF_8));
        } catch (ZipException e) {
            throw new InvalidInputException(
                    file + " is no archive of PyTorch's (" + e.getMessage()
                            + "): it was cut off, or saved before PyTorch"
                            + " 1.6; load it there and save it again with torch.save(model.state_dict(), path).",
                    e);
        } catch (IOException e) {
            throw new InvalidInputException(
                    file + " cannot be read (" + e.getMessage() + "); check the file and its permissions.", e);
        }
    }

    private static Dictionary stateDict(Path file, PickleValue saved) {
        if (saved instanceof Dictionary dictionary) {
            if (!views(dictionary).isEmpty()) {
                return dictionary;
            }
            for (String key : NESTED) {
                if (dictionary.entries().get(key) instanceof Dictionary nested
                        && !views(nested).isEmpty()) {
                    return nested;
                }
            }
        }
        throw new InvalidInputException(file + " holds no state dict, neither as it is nor under "
                + String.join(", ", NESTED) + "; save it with torch.save(model.state_dict(), path).");
    }

    private static Map<String, View> views(Dictionary dictionary) {
        Map<String, View> views = new LinkedHashMap<>();
        dictionary.entries().forEach((name, value) -> {
            if (value instanceof View view) {
                views.put(name, view);
            }
        });
        return views;
    }

    private static Map<String, View> withoutPrefix(Map<String, View> views) {
        if (!views.keySet().stream().allMatch(name -> name.startsWith(DATA_PARALLEL))) {
            return views;
        }
        Map<String, View> plain = new LinkedHashMap<>();
        views.forEach((name, view) -> plain.put(name.substring(DATA_PARALLEL.length()), view));
        return Collections.unmodifiableMap(plain);
    }

    @Override
    public List<String> names() {
        return List.copyOf(views.keySet());
    }

    @Override
    public boolean has(String name) {
        return views.containsKey(name);
    }

    @Override
    public TensorEntry tensor(String name) {
        View view = views.get(name);
        if (view == null) {
            throw new InvalidInputException(
                    file + " has no tensor \"" + name + "\"; use a checkpoint of this very architecture.");
        }
        requireInside(name, view);
        return new TensorEntry(
                name, view.storage().dtype(), view.shape(), Strided.contiguous(storages.bytes(view.storage()), view));
    }

    /** A view has no more elements than its storage, and none beyond it: sizes are checked before memory is taken. */
    private void requireInside(String name, View view) {
        long elements = 1;
        long last = view.offset();
        long available = view.storage().elements();
        try {
            for (int d = 0; d < view.shape().length; d++) {
                elements = Math.multiplyExact(elements, view.shape()[d]);
                last = Math.addExact(last, Math.multiplyExact(Math.max(0, view.shape()[d] - 1), view.strides()[d]));
            }
        } catch (ArithmeticException e) {
            throw outside(name, e);
        }
        if (view.offset() < 0 || elements > available || (elements > 0 && last >= available)) {
            throw outside(name, null);
        }
    }

    private InvalidInputException outside(String name, @org.jspecify.annotations.Nullable Throwable cause) {
        return new InvalidInputException(
                file + ": tensor \"" + name + "\" reaches beyond the data it is a view of; the file is damaged.",
                cause);
    }

    @Override
    public void close() {
        storages.close();
    }
}
