package dev.dhmq.cli;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.stream.Collectors;
import picocli.CommandLine;
import picocli.CommandLine.Help;
import picocli.CommandLine.Help.Ansi;
import picocli.CommandLine.Model.ArgSpec;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Model.OptionSpec;
import picocli.CommandLine.Model.PositionalParamSpec;
import picocli.CommandLine.Model.UsageMessageSpec;

/** A command's help as a page for {@code man}, made of what {@code --help} shows, so that the two cannot disagree. */
final class ManPage {
    private final CommandSpec command;
    private final String version;
    private final List<String> lines = new ArrayList<>();

    private ManPage(CommandSpec command, String version) {
        this.command = command;
        this.version = version;
    }

    /** The page's name without its section, such as {@code dhmq-search}. */
    static String name(CommandSpec command) {
        return command.qualifiedName("-");
    }

    /**
     * The page, in man's language.
     *
     * @param version of the program, for the foot of the page
     */
    static String of(CommandSpec command, String version) {
        return new ManPage(command, version).write();
    }

    private String write() {
        UsageMessageSpec usage = command.usageMessage();
        lines.add(".TH " + name(command).toUpperCase(Locale.ROOT) + " 1 \"\" \"dhmq " + version + "\"");
        section("NAME");
        text(name(command) + " - " + plain(usage.description()[0]).replaceFirst("\\.$", ""));
        section("SYNOPSIS");
        text(new Help(command, Help.defaultColorScheme(Ansi.OFF)).synopsis(0).replaceAll("\\s+", " "));
        section("DESCRIPTION");
        for (String paragraph : usage.description()) {
            lines.add(".PP");
            text(plain(paragraph));
        }
        commands();
        section("OPTIONS");
        for (PositionalParamSpec parameter : command.positionalParameters()) {
            entry(parameter.paramLabel(), description(parameter));
        }
        for (OptionSpec option : command.options()) {
            if (!option.hidden()) {
                entry(names(option), description(option));
            }
        }
        section("EXIT STATUS");
        usage.exitCodeList().forEach((code, meaning) -> entry(code, plain(meaning)));
        section("EXAMPLES");
        lines.add(".nf");
        for (String example : usage.footer()) {
            text(plain(example).replaceFirst("^  ", ""));
        }
        lines.add(".fi");
        seeAlso();
        return String.join("\n", lines) + "\n";
    }

    private void commands() {
        if (!command.subcommands().isEmpty()) {
            section("COMMANDS");
            command.subcommands()
                    .forEach((name, sub) -> entry(
                            name, plain(sub.getCommandSpec().usageMessage().description()[0])));
        }
    }

    private void seeAlso() {
        section("SEE ALSO");
        CommandSpec parent = command.parent();
        text(
                parent == null
                        ? command.subcommands().values().stream()
                                .map(CommandLine::getCommandSpec)
                                .map(sub -> name(sub) + "(1)")
                                .collect(Collectors.joining(", "))
                        : name(parent) + "(1)");
    }

    private static String names(OptionSpec option) {
        String names = String.join(", ", option.names());
        return option.arity().max() == 0 ? names : names + " " + option.paramLabel();
    }

    private static String description(ArgSpec argument) {
        return plain(String.join(" ", argument.description()));
    }

    /** picocli's texts are formats. */
    private static String plain(String text) {
        return String.format(text);
    }

    private void section(String title) {
        lines.add(".SH " + title);
    }

    private void entry(String term, String explanation) {
        lines.add(".TP");
        text(term);
        text(explanation);
    }

    /** Text as it is: man would read a backslash, and a dot or a quote that begins a line, as its own. */
    private void text(String text) {
        String escaped = text.replace("\\", "\\e").replace("-", "\\-");
        lines.add(escaped.startsWith(".") || escaped.startsWith("'") ? "\\&" + escaped : escaped);
    }
}
