package dev.dhmq.cli;

import dev.dhmq.InvalidInputException;
import dev.dhmq.files.NewFile;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** {@code dhmq man}: the help of all commands as pages for {@code man}. */
@Command(
        name = "man",
        description = "Prints a manual page, or writes those of all commands into a folder.",
        footer = {"  dhmq man search | man -l -", "  dhmq man --out ~/.local/share/man/man1 && man dhmq-search"})
final class ManCommand implements Callable<Integer> {
    @Spec
    private CommandSpec spec;

    @Parameters(arity = "0..1", paramLabel = "COMMAND", description = "The command to read on (default: dhmq itself).")
    private @Nullable String name;

    @Option(
            names = "--out",
            paramLabel = "DIR",
            description = "Folder for a page for every command; made where missing.")
    private @Nullable Path out;

    @Override
    public Integer call() throws IOException {
        CommandSpec dhmq = spec.root();
        if (out != null && name != null) {
            throw new InvalidInputException("--out writes the pages of all commands; leave out " + name + ".");
        }
        if (out == null) {
            spec.commandLine().getOut().print(ManPage.of(name == null ? dhmq : named(dhmq, name), Version.number()));
            spec.commandLine().getOut().flush();
            return ExitCode.FINE;
        }
        Path folder = OutOption.make(out);
        List<CommandSpec> commands = new ArrayList<>(List.of(dhmq));
        dhmq.subcommands().values().forEach(command -> commands.add(command.getCommandSpec()));
        for (CommandSpec command : commands) {
            byte[] page = ManPage.of(command, Version.number()).getBytes(StandardCharsets.UTF_8);
            NewFile.write(folder.resolve(ManPage.name(command) + ".1"), file -> file.write(page));
        }
        spec.commandLine().getOut().println("Wrote " + commands.size() + " pages to " + folder + ".");
        return ExitCode.FINE;
    }

    private static CommandSpec named(CommandSpec dhmq, String name) {
        CommandLine command = dhmq.subcommands().get(name);
        if (command == null) {
            throw new InvalidInputException("'" + name + "' is no command"
                    + Nearest.question(name, dhmq.subcommands().keySet()) + "; dhmq --help lists them.");
        }
        return command.getCommandSpec();
    }
}
