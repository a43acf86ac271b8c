package dev.dhmq.cli;

import dev.dhmq.InvalidInputException;
import dev.dhmq.data.CocoDataset;
import dev.dhmq.model.DetectorConfig;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import picocli.CommandLine.Option;

/** Mixin: a folder of pictures and its annotations. */
final class DataOptions {
    @Option(names = "--images", required = true, paramLabel = "DIR", description = "Folder of the pictures.")
    private Path images;

    @Option(
            names = "--annotations",
            required = true,
            paramLabel = "FILE",
            description =
                    "Annotations of the pictures: a COCO file, a folder of Pascal VOC's XML files, or a list such as"
                            + " ImageSets/Main/train.txt with the XML files in Annotations beside ImageSets.")
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
     * @param classes the model's, or none where the annotations decide
     * @throws InvalidInputException where the folder is missing, or the annotations are missing, broken or empty
     */
    CocoDataset read(List<DetectorConfig.Category> classes) {
        if (!Files.isDirectory(images)) {
            throw new InvalidInputException(
                    "--images " + images + " is not a folder; name the one the pictures are in.");
        }
        return CocoDataset.read(annotations, images, classes).requireObjects();
    }
}
