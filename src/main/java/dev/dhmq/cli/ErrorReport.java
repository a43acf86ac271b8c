package dev.dhmq.cli;

import dev.dhmq.InvalidInputException;
import dev.dhmq.search.NonFiniteLossException;
import dev.dhmq.tensor.BackendUnavailableException;
import dev.dhmq.tensor.CudaException;
import java.io.PrintStream;
import java.util.List;
import java.util.function.BooleanSupplier;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine;
import picocli.CommandLine.IExecutionExceptionHandler;
import picocli.CommandLine.IParameterExceptionHandler;
import picocli.CommandLine.MissingParameterException;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.ParseResult;
import picocli.CommandLine.UnmatchedArgumentException;

/** Turns whatever went wrong into one sentence for the user and an exit code. Stack traces are for {@code --verbose}. */
final class ErrorReport implements IParameterExceptionHandler, IExecutionExceptionHandler {
    private final PrintStream err;
    private final BooleanSupplier verbose;

    ErrorReport(PrintStream err, BooleanSupplier verbose) {
        this.err = err;
        this.verbose = verbose;
    }

    @Override
    public int handleParseException(ParameterException e, String[] arguments) {
        CommandSpec command = e.getCommandLine().getCommandSpec();
        String config = List.of(arguments).stream().anyMatch(word -> word.startsWith("--config"))
                ? " and the file of --config"
                : "";
        err.println("dhmq: " + complaint(e, command, arguments) + "; see '" + command.qualifiedName() + " --help'"
                + config + ".");
        trace(e);
        return ExitCode.BAD_INPUT;
    }

    private static String complaint(ParameterException e, CommandSpec command, String[] arguments) {
        if (e instanceof UnmatchedArgumentException unmatched) {
            return unknown(unmatched.getUnmatched().getFirst(), command);
        }
        if (e instanceof MissingParameterException) {
            // What is missing may be there, but mistyped: picocli complains of that only where nothing is missing.
            for (String argument : arguments) {
                if (argument.startsWith("--") && !command.optionsMap().containsKey(option(argument))) {
                    return unknown(argument, command);
                }
            }
        }
        return oneLine(e.getMessage()).replaceFirst("^Error: ", "");
    }

    private static String unknown(String word, CommandSpec command) {
        if (word.startsWith("-")) {
            String name = option(word);
            return "Unknown option: '" + name + "'"
                    + Nearest.question(name, command.optionsMap().keySet());
        }
        if (command.subcommands().isEmpty()) {
            return "'" + word + "' belongs to no option";
        }
        return "'" + word + "' is no command"
                + Nearest.question(word, command.subcommands().keySet());
    }

    /** The option's name in a word that may have its value too. */
    private static String option(String word) {
        return word.replaceFirst("=.*", "");
    }

    @Override
    public int handleExecutionException(Exception e, CommandLine commandLine, ParseResult parsed) {
        return of(e);
    }

    /** Reports what stopped a command. */
    int of(Throwable e) {
        err.println("dhmq: " + sentence(e));
        trace(e);
        return e instanceof InvalidInputException ? ExitCode.BAD_INPUT : ExitCode.FAILED;
    }

    private String sentence(Throwable e) {
        return switch (e) {
            case InvalidInputException meant -> oneLine(meant.getMessage());
            case NonFiniteLossException meant -> oneLine(meant.getMessage());
            case BackendUnavailableException meant -> oneLine(meant.getMessage());
            case CudaException meant -> oneLine(meant.getMessage());
            case OutOfMemoryError none ->
                "The memory ran out (" + oneLine(none.getMessage())
                        + "); use smaller images or fewer of them, or set JAVA_TOOL_OPTIONS=-Xmx to more.";
            default ->
                "Unexpected " + e.getClass().getSimpleName() + ": " + oneLine(e.getMessage())
                        + (verbose.getAsBoolean() ? "" : " (run again with --verbose for the stack trace).");
        };
    }

    private void trace(Throwable e) {
        if (verbose.getAsBoolean()) {
            e.printStackTrace(err);
        }
    }

    /** LibTorch's messages carry a C++ stack trace, picocli's may have several lines. */
    private static String oneLine(@Nullable String message) {
        if (message == null || message.isBlank()) {
            return "no message";
        }
        return message.strip().lines().findFirst().orElseThrow();
    }
}
