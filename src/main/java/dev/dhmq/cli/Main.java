package dev.dhmq.cli;

import dev.dhmq.Progress;
import java.io.PrintStream;
import java.io.PrintWriter;
import java.nio.charset.StandardCharsets;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.ScopeType;
import picocli.CommandLine.Spec;

/** The {@code dhmq} command: results go to standard output, everything else to standard error. */
@Command(
        name = "dhmq",
        description = "Finds how many bits each layer of an object detector needs, and judges the result.",
        subcommands = {
            DemoCommand.class,
            TrainCommand.class,
            SearchCommand.class,
            CorrectCommand.class,
            FinetuneCommand.class,
            PackCommand.class,
            EvalCommand.class,
            DetectCommand.class,
            ExportCommand.class,
            CompareCommand.class,
            ReportCommand.class,
            ScenesCommand.class,
            DoctorCommand.class
        },
        mixinStandardHelpOptions = true,
        versionProvider = Version.class,
        scope = ScopeType.INHERIT,
        synopsisSubcommandLabel = "COMMAND",
        descriptionHeading = "%n",
        optionListHeading = "%nOptions:%n",
        commandListHeading = "%nCommands:%n",
        exitCodeListHeading = "%nExit codes:%n",
        exitCodeList = {
            "0:all was done",
            "1:the work failed",
            "2:the command line or a file it names cannot be used",
            "130:interrupted"
        },
        footerHeading = "%nExamples:%n",
        footer = {
            "  dhmq demo",
            "  dhmq search --model cells --images photos --annotations train.json \\",
            "      --ratio 8 --out cells-8x",
            "  dhmq eval --detections detections.json --annotations val.json",
            "  dhmq eval --help"
        })
public final class Main implements Runnable {
    private final Progress progress;

    @Spec
    private CommandSpec spec;

    @Option(names = "--debug", scope = ScopeType.INHERIT, description = "Show the stack trace where something fails.")
    private boolean debug;

    private Main(Progress progress) {
        this.progress = progress;
    }

    /** Runs the command line and ends the process with its exit code. */
    public static void main(String[] arguments) {
        Interruption interruption = Interruption.watch(System.err);
        int code = run(System.out, System.err, Boolean.getBoolean("dhmq.terminal"), arguments);
        interruption.finished();
        System.exit(code);
    }

    /**
     * Runs the command line inside this process.
     *
     * @param out gets the results
     * @param err gets progress and errors
     * @param terminal whether {@code err} is a terminal, where progress is a moving bar
     * @return the exit code
     */
    static int run(PrintStream out, PrintStream err, boolean terminal, String... arguments) {
        Progress progress = terminal ? new BarProgress(err) : new LineProgress(err, System::nanoTime);
        Main main = new Main(progress);
        ErrorReport report = new ErrorReport(err, () -> main.debug);
        CommandLine commandLine = new CommandLine(main)
                .setOut(new PrintWriter(out, true, StandardCharsets.UTF_8))
                .setErr(new PrintWriter(err, true, StandardCharsets.UTF_8))
                .setCaseInsensitiveEnumValuesAllowed(true)
                .setUsageHelpAutoWidth(true)
                .setParameterExceptionHandler(report)
                .setExecutionExceptionHandler(report);
        try {
            return commandLine.execute(arguments);
        } catch (Error e) {
            // picocli hands exceptions to the report, but lets errors such as OutOfMemoryError through.
            return report.of(e);
        }
    }

    /** Where commands say how far they have come. */
    Progress progress() {
        return progress;
    }

    @Override
    public void run() {
        throw new ParameterException(
                spec.commandLine(),
                "Name a command: " + String.join(", ", spec.subcommands().keySet()));
    }
}
