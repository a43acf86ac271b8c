package dev.dhmq.report;

import dev.dhmq.InvalidInputException;
import dev.dhmq.data.CalibrationSet;
import dev.dhmq.data.CocoDataset;
import dev.dhmq.data.ImageFile;
import dev.dhmq.data.PictureFolder;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.IntFunction;
import java.util.stream.IntStream;

/** Pictures for a report, drawn by a seed from a folder or from annotated ones; each is read when it is asked for. */
public final class Photographs {
    private final List<Integer> drawn;
    private final IntFunction<Photograph> read;

    private Photographs(int available, int count, long seed, IntFunction<Photograph> read) {
        // Ascending, so that the report shows the pictures in the order of the folder.
        this.drawn = IntStream.of(CalibrationSet.indices(available, count, seed))
                .sorted()
                .boxed()
                .toList();
        this.read = read;
    }

    /**
     * Draws from the JPEG and PNG files of a folder.
     *
     * @throws InvalidInputException where it is no folder or holds none
     */
    public static Photographs of(Path folder, int count, long seed) {
        List<Path> files = PictureFolder.pictures(folder);
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

    /** How many there are. */
    public int size() {
        return drawn.size();
    }

    /** Reads one. */
    Photograph get(int index) {
        return read.apply(drawn.get(index));
    }
}
