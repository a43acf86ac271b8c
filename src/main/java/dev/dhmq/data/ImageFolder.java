package dev.dhmq.data;

import dev.dhmq.InvalidInputException;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;

/** The folder a data set's pictures lie in. Annotations from elsewhere must not make this program open files outside it. */
record ImageFolder(Path path) {

    /**
     * The folder, which must be there.
     *
     * @param annotations of the pictures, for the message
     */
    static ImageFolder of(Path folder, Path annotations) {
        Path path = folder.toAbsolutePath().normalize();
        if (!Files.isDirectory(path)) {
            throw new InvalidInputException(path + (Files.exists(path) ? " is not a folder" : " does not exist")
                    + "; name the folder the pictures of " + annotations + " lie in.");
        }
        return new ImageFolder(path);
    }

    /**
     * Refuses a picture whose name leaves the folder.
     *
     * @param where the file and place that names it, with which the message begins
     */
    void requireInside(String where, String fileName) {
        try {
            Path picture = path.resolve(fileName).normalize();
            if (Path.of(fileName).isAbsolute() || !picture.startsWith(path) || picture.equals(path)) {
                throw new InvalidInputException(
                        where + " leaves the images folder: " + fileName + "; give a path inside " + path + ".");
            }
        } catch (InvalidPathException e) {
            throw new InvalidInputException(where + " is no file name: " + e.getReason() + "; correct it.", e);
        }
    }
}
