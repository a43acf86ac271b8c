package dev.dhmq.cli;

import dev.dhmq.InvalidInputException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;

/** A search in a comparison, by name and with the options of {@code dhmq search}: {@code 'task loss: --objective task'}. */
final class Variant {
    private final String name;
    private final List<String> words;
    private final Options options;

    private Variant(String name, List<String> words, Options options) {
        this.name = name;
        this.words = words;
        this.options = options;
    }

    /** What may stand behind the name. */
    @Command(name = "--variant")
    private static final class Options {
        @Mixin
        private SearchOptions search;

        @Option(names = "--calibration-images", converter = Numbers.AtLeastOne.class)
        private @Nullable Integer calibrationImages;

        @Option(names = "--calibrate-on")
        private @Nullable Path calibrateOn;
    }

    /**
     * Reads {@code NAME: OPTIONS}; the options may be missing.
     *
     * @param common options of every search, which the variant's own override
     * @throws InvalidInputException where there is no name, or an option is not one of a search
     */
    static Variant parse(String text, List<String> common) {
        int colon = text.indexOf(':');
        String name = colon < 0 ? "" : text.substring(0, colon).strip();
        if (name.isEmpty()) {
            throw new InvalidInputException("--variant '" + text
                    + "' has no name; write it as 'NAME: OPTIONS', such as 'task loss: --objective task'.");
        }
        List<String> words = new ArrayList<>(common);
        words.addAll(Words.of(text.substring(colon + 1)));
        Options options = new Options();
        try {
            new CommandLine(options)
                    .setCaseInsensitiveEnumValuesAllowed(true)
                    .setOverwrittenOptionsAllowed(true)
                    .parseArgs(words.toArray(String[]::new));
        } catch (ParameterException e) {
            throw new InvalidInputException(
                    "--variant '" + name + "': " + e.getMessage()
                            + "; it takes the options of dhmq search that say how to"
                            + " search, --calibration-images and --calibrate-on.",
                    e);
        }
        return new Variant(name, words, options);
    }

    String name() {
        return name;
    }

    /** All options, common ones too, as they were written. */
    String definition() {
        return String.join(" ", words);
    }

    SearchOptions search() {
        return options.search;
    }

    /** How many calibration images it takes, if not as many as the others. */
    int calibrationImages(int otherwise) {
        return options.calibrationImages == null ? otherwise : options.calibrationImages;
    }

    /** Annotations its calibration images are drawn from, if not the same as the others'. */
    Optional<Path> calibrateOn() {
        return Optional.ofNullable(options.calibrateOn);
    }
}
