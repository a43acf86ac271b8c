package dev.dhmq.cli;

import picocli.CommandLine;
import picocli.CommandLine.Command;

/** The {@code dhmq} command. */
@Command(name = "dhmq")
public final class Main {
    private Main() {}

    /** Runs the command line and ends the process with its exit code. */
    public static void main(String[] arguments) {
        System.exit(new CommandLine(new Main()).execute(arguments));
    }
}
