package dev.dhmq.cli;

import java.util.concurrent.Callable;
import java.util.stream.Stream;
import picocli.AutoComplete;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** {@code dhmq completion}: what makes a shell complete commands, options and their values. */
@Command(
        name = "completion",
        description = {
            "Prints a script with which a shell completes dhmq's commands, options and values.",
            "The shell must find dhmq itself by that name: on the PATH, or by an alias."
        },
        footer = {
            "  dhmq completion bash > ~/.local/share/bash-completion/completions/dhmq",
            "  dhmq completion zsh > ~/.dhmq-completion   # and in ~/.zshrc: source it"
        })
final class CompletionCommand implements Callable<Integer> {
    @Spec
    private CommandSpec spec;

    @SuppressWarnings("UnusedVariable") // one script serves both, and a third shell is refused
    @Parameters(
            paramLabel = "SHELL",
            converter = ShellNames.class,
            completionCandidates = ShellNames.class,
            description = "bash or zsh.")
    private String shell;

    static final class ShellNames extends NamedChoice<String> {
        ShellNames() {
            super(Stream.of("bash", "zsh"), name -> name);
        }
    }

    @Override
    public Integer call() {
        // In zsh it loads what understands bash's completion.
        spec.commandLine()
                .getOut()
                .println(AutoComplete.bash("dhmq", spec.root().commandLine()));
        return ExitCode.FINE;
    }
}
