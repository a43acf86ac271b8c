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
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.ParseResult;
import picocli.CommandLine.UnmatchedArgumentException;

/** Turns whatever went wrong into one sentence for the user and an exit code. Stack traces are for {@code --debug}. */
final class ErrorReport implements IParameterExceptionHandler, IExecutionExceptionHandler {
    private final PrintStream err;
    private final BooleanSupplier debug;

    ErrorReport(PrintStream err, BooleanSupplier debug) {
        this.err = err;
        this.debug = debug;
    }

    @Override
    public int handleParseException(ParameterException e, String[] arguments) {
        String complaint = oneLine(e.getMessage()).replaceFirst("^Error: ", "");
        String command = e.getCommandLine().getCommandSpec().qualifiedName();
        err.println("dhmq: " + complaint + suggestion(e) + "; see '" + command + " --help'.");
        trace(e);
        return ExitCode.BAD_INPUT;
    }

    private static String suggestion(ParameterException e) {
        if (!(e instanceof UnmatchedArgumentException unmatched)) {
            return "";
        }
        List<String> suggestions = unmatched.getSuggestions();
        return suggestions.isEmpty() ? "" : " (did you mean " + String.join(" or ", suggestions) + "?)";
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
                        + (debug.getAsBoolean() ? "" : " (run again with --debug for the stack trace).");
        };
    }

    private void trace(Throwable e) {
        if (debug.getAsBoolean()) {
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
