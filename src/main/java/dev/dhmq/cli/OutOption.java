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
     * Makes the folder, which must not be the model's: the float weights are the only ones there are.
     *
     * @param model folder of the model
     * @param inside folders within this one that are written to as well
     * @throws InvalidInputException also where one of them is the model's
     */
    Path makeBeside(Path model, String... inside) {
        make();
        requireOther(folder, model);
        for (String name : inside) {
            requireOther(folder.resolve(name), model);
        }
        return folder;
    }

    private void requireOther(Path written, Path model) {
        try {
            if (Files.exists(written) && Files.isSameFile(written, model)) {
                throw new InvalidInputException(
                        "--out " + folder + " would write over the model itself; name another folder.");
            }
        } catch (IOException e) {
            throw new InvalidInputException(
                    written + " cannot be read (" + e.getMessage() + "); name another folder with --out.", e);
        }
    }
}
