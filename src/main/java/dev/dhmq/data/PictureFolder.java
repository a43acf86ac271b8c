package dev.dhmq.data;

import dev.dhmq.InvalidInputException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.stream.Stream;

/** A folder of pictures without annotations. */
public final class PictureFolder {
    private PictureFolder() {}

    /**
     * Its files that are called like JPEG or PNG pictures, sorted; folders in it are left alone.
     *
     * @throws InvalidInputException where it is no folder, cannot be read, or holds none
     */
    public static List<Path> pictures(Path folder) {
        if (!Files.isDirectory(folder)) {
            throw new InvalidInputException(folder + " is not a folder; name the one the pictures are in.");
        }
        try (Stream<Path> entries = Files.list(folder)) {
            List<Path> found = entries.filter(PictureFolder::isPicture).sorted().toList();
            if (found.isEmpty()) {
                throw new InvalidInputException(folder + " holds no JPEG or PNG pictures; name another folder.");
            }
            return found;
        } catch (IOException e) {
            throw new InvalidInputException(
                    folder + " cannot be read (" + e.getMessage() + "); check its permissions.", e);
        }
    }

    private static boolean isPicture(Path file) {
        String name = file.getFileName().toString().toLowerCase(Locale.ROOT);
        return Stream.of(".jpg", ".jpeg", ".png").anyMatch(name::endsWith) && Files.isRegularFile(file);
    }
}
