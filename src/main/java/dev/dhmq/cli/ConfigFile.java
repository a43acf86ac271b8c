package dev.dhmq.cli;

import dev.dhmq.InvalidInputException;
import java.io.IOException;
import java.io.Reader;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Properties;
import java.util.TreeMap;
import java.util.TreeSet;
import picocli.CommandLine;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Model.OptionSpec;

/**
 * Options in a properties file: {@code images=photos} for all commands that have {@code --images}, {@code search.ratio=8} for one
 * command, which goes before the other. Immutable.
 */
final class ConfigFile {
    /** Options that only a command line can have. */
    private static final List<String> NOT_HERE = List.of("--config", "--help", "--version");

    private final Path file;
    private final Map<String, String> values;

    private ConfigFile(Path file, Map<String, String> values) {
        this.file = file;
        this.values = values;
    }

    /**
     * Reads a file.
     *
     * @param dhmq the command whose subcommands' options may be in it
     * @throws InvalidInputException where it cannot be read, or a key is there twice or is no command's option
     */
    static ConfigFile read(Path file, CommandSpec dhmq) {
        Map<String, String> values = new TreeMap<>();
        Properties once = new Properties() {
            private static final long serialVersionUID = 1L;

            @Override
            public synchronized Object put(Object key, Object value) {
                if (values.put(key.toString(), value.toString().strip()) != null) {
                    throw new InvalidInputException(file + " sets " + key + " twice; delete one of the lines.");
                }
                return value;
            }
        };
        try (Reader text = Files.newBufferedReader(file)) {
            once.load(text);
        } catch (IOException | IllegalArgumentException e) {
            throw new InvalidInputException(
                    "--config " + file + " cannot be read (" + e + "); name a file of lines such as search.ratio=8.",
                    e);
        }
        ConfigFile config = new ConfigFile(file, values);
        config.requireKnown(dhmq);
        return config;
    }

    private void requireKnown(CommandSpec dhmq) {
        TreeSet<String> known = new TreeSet<>();
        dhmq.subcommands()
                .forEach((name, command) -> options(command.getCommandSpec())
                        .keySet()
                        .forEach(key -> known.addAll(List.of(key, name + "." + key))));
        for (String key : values.keySet()) {
            if (!known.contains(key)) {
                throw new InvalidInputException(file + " sets " + key + ", which is no option of any command"
                        + Nearest.question(key, known)
                        + "; write an option without its dashes, or command.option for one command alone.");
            }
        }
    }

    /** A command's options by their keys. */
    private static Map<String, OptionSpec> options(CommandSpec command) {
        Map<String, OptionSpec> options = new TreeMap<>();
        for (OptionSpec option : command.options()) {
            if (!option.hidden() && !NOT_HERE.contains(option.longestName())) {
                options.put(option.longestName().substring("--".length()), option);
            }
        }
        return options;
    }

    /**
     * The words of the file that a command line has not said otherwise: of its options, and of those that exclude one of them.
     *
     * @param said the command line's words
     */
    List<String> words(CommandLine command, List<String> said) {
        List<String> words = new ArrayList<>();
        options(command.getCommandSpec()).forEach((key, option) -> {
            String value = values.getOrDefault(command.getCommandName() + "." + key, values.get(key));
            if (value != null && !isSaid(option, said)) {
                words.addAll(words(key, option, value));
            }
        });
        return words;
    }

    private static boolean isSaid(OptionSpec option, List<String> said) {
        List<OptionSpec> rivals = option.group() != null && option.group().exclusive()
                ? option.group().options()
                : List.of(option);
        return rivals.stream()
                .flatMap(rival -> List.of(rival.names()).stream())
                .anyMatch(name -> said.stream().anyMatch(word -> word.equals(name) || word.startsWith(name + "=")));
    }

    private List<String> words(String key, OptionSpec option, String value) {
        String name = option.longestName();
        if (option.arity().max() == 0) {
            return switch (value) {
                case "true" -> List.of(name);
                case "false" -> List.of();
                default ->
                    throw new InvalidInputException(file + " sets " + key + " to '" + value
                            + "', which must be true or false; " + name + " takes no value.");
            };
        }
        if (!option.isMultiValue()) {
            return List.of(name + "=" + value);
        }
        List<String> items = Words.of(value);
        if (option.arity().min() > 1) {
            List<String> words = new ArrayList<>(List.of(name));
            words.addAll(items);
            return words;
        }
        return items.stream().map(item -> name + "=" + item).toList();
    }
}
