package dev.dhmq.cli;

import dev.dhmq.InvalidInputException;
import dev.dhmq.data.PictureFolder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** Pictures that a command line names, one by one or by the folders they lie in. */
final class PictureFiles {
    private PictureFiles() {}

    /**
     * The files named, and those of the folders named that are called like JPEG or PNG pictures, sorted.
     *
     * @throws InvalidInputException where one does not exist, a folder cannot be read, or there is none at all
     */
    static List<Path> find(List<Path> named) {
        List<Path> files = new ArrayList<>();
        for (Path path : named) {
            if (Files.isDirectory(path)) {
                files.addAll(PictureFolder.pictures(path));
            } else if (Files.exists(path)) {
                files.add(path);
            } else {
                throw new InvalidInputException(
                        path + " does not exist; name JPEG or PNG pictures, or folders of them.");
            }
        }
        return files.stream().distinct().toList();
    }

    /**
     * A PNG file in this folder for each picture, called like it.
     *
     * @throws InvalidInputException where two would be the same, or one would be written over a picture
     */
    static Map<Path, Path> results(List<Path> pictures, Path folder) {
        Map<Path, Path> taken = new LinkedHashMap<>();
        Map<Path, Path> results = new LinkedHashMap<>();
        for (Path picture : pictures) {
            Path result = folder.resolve(picture.getFileName().toString().replaceFirst("\\.[^.]*$", "") + ".png");
            Path other = taken.put(result, picture);
            if (other != null) {
                throw new InvalidInputException(other + " and " + picture + " would both be drawn in " + result
                        + "; detect in them one by one, or rename one.");
            }
            if (result.toAbsolutePath()
                    .normalize()
                    .equals(picture.toAbsolutePath().normalize())) {
                throw new InvalidInputException(
                        "--out would write over the picture " + picture + "; name another folder.");
            }
            results.put(picture, result);
        }
        return results;
    }
}
