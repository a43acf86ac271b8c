package dev.dhmq.cli;

import dev.dhmq.InvalidInputException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import picocli.CommandLine.Option;

/** Mixin: the folder results are written to. */
final class OutOption {
    @Option(
            names = "--out",
            required = true,
            paramLabel = "DIR",
            description = "Folder for the results; made where missing. Files of the same name are replaced.")
    private Path folder;

    /**
     * Makes the folder. Call it before long work, so that nothing is lost to a folder that cannot be written.
     *
     * @throws InvalidInputException where it cannot be made or written to
     */
    Path make() {
        return make(folder);
    }

    /** Makes the folder that a command names with an {@code --out} of its own. */
    static Path make(Path folder) {
        try {
            Files.createDirectories(folder);
        } catch (IOException e) {
            throw new InvalidInputException(
                    "--out " + folder + " cannot be made as a folder; name one that can be written to.", e);
        }
        if (!Files.isWritable(folder)) {
            throw new InvalidInputException("--out " + folder + " cannot be written to; name another folder.");
        }
        return folder;
    }

    /**
     * Makes the folder, which must not be the one of a model whose weights would be written over.
     *
     * @throws InvalidInputException where it is that folder, or cannot be made or written to
     */
    Path makeApartFrom(Path model) {
        Path made = make();
        try {
            if (Files.isSameFile(made, model)) {
                throw new InvalidInputException(
                        "--out " + made + " would write over the model itself; name another folder.");
            }
        } catch (IOException e) {
            throw new InvalidInputException(
                    model + " cannot be read (" + e.getMessage() + "); name a folder with a trained detector.", e);
        }
        return made;
    }
}
