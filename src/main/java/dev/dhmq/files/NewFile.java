package dev.dhmq.files;

import dev.dhmq.InvalidInputException;
import java.io.BufferedOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;

/**
 * Writes a file that is either whole or not there: first beside its place, then renamed over it in one step.
 *
 * <p>Readers see the old file or the new one, also when the program is killed in between.
 */
public final class NewFile {
    private NewFile() {}

    /** Puts the file's bytes into a stream, which the caller opens and closes. */
    @FunctionalInterface
    public interface Body {
        void writeTo(OutputStream out) throws IOException;
    }

    /**
     * Writes {@code target}, making its folder where needed and replacing an older file.
     *
     * @throws InvalidInputException where the folder or the disk does not take the file; nothing is left behind then
     */
    public static void write(Path target, Body body) {
        Path folder = target.toAbsolutePath().getParent();
        if (folder == null || Files.isDirectory(target)) {
            throw new InvalidInputException(target + " is a folder; name a file to write.");
        }
        // The process id keeps two programs that write the same target from sharing one half-written file.
        Path beside = folder.resolve(
                "." + target.getFileName() + "." + ProcessHandle.current().pid() + ".part");
        try {
            Files.createDirectories(folder);
            try (OutputStream out = new BufferedOutputStream(
                    Files.newOutputStream(
                            beside,
                            StandardOpenOption.CREATE,
                            StandardOpenOption.TRUNCATE_EXISTING,
                            StandardOpenOption.WRITE),
                    1 << 16)) {
                body.writeTo(out);
            }
            Files.move(beside, target, StandardCopyOption.ATOMIC_MOVE);
        } catch (IOException e) {
            deleteAfter(e, beside);
            throw new InvalidInputException(
                    target + " cannot be written (" + reason(e) + "); choose a folder with room that you may write to.",
                    e);
        } catch (RuntimeException | Error e) {
            deleteAfter(e, beside);
            throw e;
        }
    }

    /** Cleans up after a failure, which stays the one that is reported. */
    private static void deleteAfter(Throwable failure, Path beside) {
        try {
            Files.deleteIfExists(beside);
        } catch (IOException e) {
            failure.addSuppressed(e);
        }
    }

    /** What went wrong, in the system's words: file-system exceptions often have only a class name and a path. */
    public static String reason(IOException e) {
        String name = e.getClass().getSimpleName().replace("Exception", "");
        return e.getMessage() == null ? name : name + ": " + e.getMessage();
    }
}
