package dev.dhmq.cli;

import dev.dhmq.InvalidInputException;
import dev.dhmq.data.CocoDataset;
import java.nio.file.Files;
import java.nio.file.Path;
import picocli.CommandLine.Option;

/** Mixin: a folder of pictures and its COCO annotations. */
final class DataOptions {
    @Option(names = "--images", required = true, paramLabel = "DIR", description = "Folder of the pictures.")
    private Path images;

    @Option(
            names = "--annotations",
            required = true,
            paramLabel = "FILE",
            description = "Annotations of the pictures, in COCO's format.")
    private Path annotations;

    Path images() {
        return images;
    }

    Path annotations() {
        return annotations;
    }

    /**
     * Reads the annotations; pictures are read when asked for.
     *
     * @throws InvalidInputException where the folder is missing, or the annotations are missing, broken or empty
     */
    CocoDataset read() {
        if (!Files.isDirectory(images)) {
            throw new InvalidInputException(
                    "--images " + images + " is not a folder; name the one the pictures are in.");
        }
        return CocoDataset.read(annotations, images).requireObjects();
    }
}
