package dev.dhmq.report;

import dev.dhmq.InvalidInputException;
import dev.dhmq.data.CocoDataset;
import dev.dhmq.data.ImageFile;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.SplittableRandom;
import java.util.function.IntFunction;
import java.util.stream.IntStream;
import java.util.stream.Stream;

/** Pictures for a report, drawn by a seed from a folder or from annotated ones; each is read when it is asked for. */
public final class Photographs {
    private final List<Integer> drawn;
    private final IntFunction<Photograph> read;

    private Photographs(int available, int count, long seed, IntFunction<Photograph> read) {
        this.drawn = draw(available, count, seed);
        this.read = read;
    }

    /**
     * Draws from the JPEG and PNG files of a folder.
     *
     * @throws InvalidInputException where it is no folder or holds none
     */
    public static Photographs of(Path folder, int count, long seed) {
        List<Path> files = pictures(folder);
        if (files.isEmpty()) {
            throw new InvalidInputException(
                    folder + " holds no JPEG or PNG picture; name the folder the photographs are in.");
        }
        return new Photographs(files.size(), count, seed, i -> {
            Path file = files.get(i);
            return new Photograph(file.getFileName().toString(), ImageFile.read(file), Optional.empty());
        });
    }

    /** Draws from annotated pictures, whose objects are shown as well. */
    public static Photographs of(CocoDataset dataset, int count, long seed) {
        return new Photographs(
                dataset.size(),
                count,
                seed,
                i -> new Photograph(dataset.image(i).fileName(), dataset.picture(i), Optional.of(truth(dataset, i))));
    }

    private static List<Photograph.Annotated> truth(CocoDataset dataset, int index) {
        List<Photograph.Annotated> truth = new ArrayList<>();
        for (CocoDataset.Annotation object : dataset.objects(index)) {
            if (!object.ignored()) {
                truth.add(new Photograph.Annotated(
                        object.x(),
                        object.y(),
                        object.x() + object.width(),
                        object.y() + object.height(),
                        object.categoryId()));
            }
        }
        return truth;
    }

    private static List<Path> pictures(Path folder) {
        if (!Files.isDirectory(folder)) {
            throw new InvalidInputException(
                    "--images " + folder + " is not a folder; name the one the pictures are in.");
        }
        try (Stream<Path> files = Files.list(folder)) {
            return files.filter(Files::isRegularFile)
                    .filter(Photographs::isPicture)
                    .sorted()
                    .toList();
        } catch (IOException e) {
            throw new InvalidInputException(
                    folder + " cannot be listed (" + e.getMessage() + "); check its permissions.", e);
        }
    }

    private static boolean isPicture(Path file) {
        String name = file.getFileName().toString().toLowerCase(Locale.ROOT);
        return name.endsWith(".jpg") || name.endsWith(".jpeg") || name.endsWith(".png");
    }

    /** Different indices, ascending, so that the report shows the pictures in the order of the folder. */
    private static List<Integer> draw(int available, int count, long seed) {
        SplittableRandom random = new SplittableRandom(seed);
        List<Integer> left =
                new ArrayList<>(IntStream.range(0, available).boxed().toList());
        List<Integer> drawn = new ArrayList<>();
        while (drawn.size() < Math.min(count, available)) {
            int i = random.nextInt(left.size());
            drawn.add(left.get(i));
            left.set(i, left.getLast());
            left.removeLast();
        }
        return drawn.stream().sorted().toList();
    }

    /** How many there are. */
    public int size() {
        return drawn.size();
    }

    /** Reads one. */
    Photograph get(int index) {
        return read.apply(drawn.get(index));
    }
}
