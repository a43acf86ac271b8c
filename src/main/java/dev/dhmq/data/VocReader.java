package dev.dhmq.data;

import dev.dhmq.InvalidInputException;
import dev.dhmq.model.DetectorConfig;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeSet;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * Reads Pascal VOC annotations, one XML file a picture, into COCO's terms.
 *
 * <p>VOC names its classes and does not number them: where no numbers are given the names get 1, 2, 3 in alphabetical order.
 */
final class VocReader {
    private static final long MAX_LIST_BYTES = 100_000_000;

    private final Path source;
    private final @Nullable ImageFolder imageFolder;
    private final List<DetectorConfig.Category> known;

    /** @param known the classes and their numbers; empty where the files decide */
    VocReader(Path source, @Nullable Path imageFolder, List<DetectorConfig.Category> known) {
        this.source = source;
        this.imageFolder = imageFolder == null ? null : ImageFolder.of(imageFolder, source);
        this.known = known;
    }

    /** Whether this is what a VOC data set is named by: a folder of XML files, a list of names, or one XML file. */
    static boolean reads(Path source) {
        String name = String.valueOf(source.getFileName());
        return Files.isDirectory(source) || name.endsWith(".txt") || name.endsWith(".xml");
    }

    CocoDataset read() {
        List<VocFile> files = xmlFiles().stream().map(VocFile::read).toList();
        Map<String, DetectorConfig.Category> categories = categories(files);
        List<CocoDataset.Image> images = new ArrayList<>();
        List<CocoDataset.Annotation> annotations = new ArrayList<>();
        for (VocFile file : files) {
            if (imageFolder != null) {
                imageFolder.requireInside(file.source() + ": <filename>", file.picture());
            }
            CocoDataset.Image image =
                    new CocoDataset.Image(images.size() + 1L, file.picture(), file.width(), file.height());
            images.add(image);
            for (VocFile.Thing thing : file.things()) {
                DetectorConfig.Category category = categories.get(thing.name());
                if (category == null) {
                    throw new InvalidInputException(file.source() + " has an object of the class \"" + thing.name()
                            + "\", which is none of the model's " + categories.keySet()
                            + "; use annotations of the classes the model was made for.");
                }
                annotations.add(thing.annotation(annotations.size() + 1L, image.id(), category.id()));
            }
        }
        return CocoDataset.of(
                source.toString(),
                imageFolder == null ? null : imageFolder.path(),
                List.copyOf(categories.values()),
                images,
                annotations);
    }

    private Map<String, DetectorConfig.Category> categories(List<VocFile> files) {
        Map<String, DetectorConfig.Category> categories = new LinkedHashMap<>();
        if (!known.isEmpty()) {
            known.forEach(category -> categories.put(category.name(), category));
            return categories;
        }
        TreeSet<String> names = new TreeSet<>();
        files.forEach(file -> file.things().forEach(thing -> names.add(thing.name())));
        for (String name : names) {
            categories.put(name, new DetectorConfig.Category(categories.size() + 1, name));
        }
        return categories;
    }

    private List<Path> xmlFiles() {
        if (Files.isDirectory(source)) {
            return inFolder();
        }
        return source.toString().endsWith(".txt") ? listed() : List.of(source);
    }

    private List<Path> inFolder() {
        try (Stream<Path> all = Files.list(source)) {
            List<Path> files = all.filter(file -> file.toString().endsWith(".xml"))
                    .sorted()
                    .toList();
            if (files.isEmpty()) {
                throw new InvalidInputException(source
                        + " is a folder without .xml files; name a folder of Pascal VOC annotations, or a COCO file.");
            }
            return files;
        } catch (IOException e) {
            throw new InvalidInputException(source + " cannot be listed (" + e + "); check its permissions.", e);
        }
    }

    /** VOC's layout: the list in ImageSets/Main, the annotations in Annotations beside ImageSets. */
    private List<Path> listed() {
        Path annotations = source.toAbsolutePath()
                .normalize()
                .resolveSibling(Path.of("..", "..", "Annotations"))
                .normalize();
        List<Path> files = new ArrayList<>();
        for (String line : lines()) {
            String name = line.strip().split("\\s+", 2)[0];
            if (name.isEmpty()) {
                continue;
            }
            Path file = annotations.resolve(name + ".xml").normalize();
            if (!file.startsWith(annotations)) {
                throw new InvalidInputException(
                        source + " lists " + name + ", which leaves the folder " + annotations + "; correct the list.");
            }
            files.add(file);
        }
        return files;
    }

    private List<String> lines() {
        try {
            if (Files.size(source) > MAX_LIST_BYTES) {
                throw new InvalidInputException(
                        source + " has more than " + MAX_LIST_BYTES + " bytes; name a list of pictures, one a line.");
            }
            return Files.readAllLines(source);
        } catch (IOException e) {
            throw new InvalidInputException(
                    source + " cannot be read as a list of pictures (" + e + "); check the file.", e);
        }
    }
}
