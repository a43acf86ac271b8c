package dev.dhmq.cli;

import dev.dhmq.InvalidInputException;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine;

/**
 * A command line with the options of its {@code --config} file put in, so that they are read, and complained of, as if they had
 * been written there.
 *
 * @param words all of them, the file's right after the command's name
 * @param fromConfig those of the file
 */
record Arguments(List<String> words, List<String> fromConfig) {
    private static final String CONFIG = "--config";

    Arguments {
        words = List.copyOf(words);
        fromConfig = List.copyOf(fromConfig);
    }

    /**
     * Reads the file that the words name, if they name one and a command.
     *
     * @throws InvalidInputException where the file cannot be used
     */
    static Arguments of(CommandLine dhmq, String... words) {
        List<String> said = List.of(words);
        int option = config(said);
        int command = command(dhmq, said, option);
        String file = option < 0 ? null : value(said, option);
        if (file == null || command < 0) {
            return new Arguments(said, List.of());
        }
        List<String> fromConfig = ConfigFile.read(path(file), dhmq.getCommandSpec())
                .words(Objects.requireNonNull(dhmq.getSubcommands().get(said.get(command))), said);
        List<String> all = new ArrayList<>(said.subList(0, command + 1));
        all.addAll(fromConfig);
        all.addAll(said.subList(command + 1, said.size()));
        return new Arguments(all, fromConfig);
    }

    private static int config(List<String> said) {
        for (int i = 0; i < said.size(); i++) {
            if (said.get(i).equals(CONFIG) || said.get(i).startsWith(CONFIG + "=")) {
                return i;
            }
        }
        return -1;
    }

    private static @Nullable String value(List<String> said, int option) {
        String word = said.get(option);
        if (!word.equals(CONFIG)) {
            return word.substring(CONFIG.length() + 1);
        }
        return option + 1 < said.size() ? said.get(option + 1) : null;
    }

    private static int command(CommandLine dhmq, List<String> said, int option) {
        for (int i = 0; i < said.size(); i++) {
            boolean isValue = option >= 0 && i == option + 1 && said.get(option).equals(CONFIG);
            if (!isValue && dhmq.getSubcommands().containsKey(said.get(i))) {
                return i;
            }
        }
        return -1;
    }

    private static Path path(String file) {
        try {
            return Path.of(file);
        } catch (InvalidPathException e) {
            throw new InvalidInputException(CONFIG + " " + file + " cannot be a file (" + e.getReason() + ").", e);
        }
    }
}
