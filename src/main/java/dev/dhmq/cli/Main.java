package dev.dhmq.cli;

import dev.dhmq.InvalidInputException;
import dev.dhmq.Progress;
import java.io.PrintStream;
import java.io.PrintWriter;
import java.lang.System.Logger.Level;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.ParseResult;
import picocli.CommandLine.RunLast;
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
            ConvertCommand.class,
            EvalCommand.class,
            DetectCommand.class,
            ExportCommand.class,
            CompareCommand.class,
            ReportCommand.class,
            ScenesCommand.class,
            DoctorCommand.class,
            CompletionCommand.class,
            ManCommand.class
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
    private static final System.Logger LOGGER = System.getLogger(Main.class.getName());

    private final Progress progress;
    private final PrintStream err;
    private List<String> fromConfig = List.of();

    @Spec
    private CommandSpec spec;

    @Option(
            names = "--config",
            scope = ScopeType.INHERIT,
            paramLabel = "FILE",
            description = "Options from a properties file: images=photos for every command that has --images,"
                    + " search.ratio=8 for one. What the command line says goes before it.")
    private @Nullable Path config;

    @Option(
            names = {"-q", "--quiet"},
            scope = ScopeType.INHERIT,
            description = "Show no progress: only results, warnings and errors.")
    private boolean quiet;

    @Option(
            names = {"-v", "--verbose"},
            scope = ScopeType.INHERIT,
            description = "Show the log too, and the stack trace where something fails.")
    private boolean verbose;

    /**
     * The command without its words.
     *
     * @param err gets the notes and the log
     */
    Main(Progress progress, PrintStream err) {
        this.progress = progress;
        this.err = err;
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
        Main main = new Main(progress, err);
        ErrorReport report = new ErrorReport(err, () -> main.verbose);
        CommandLine commandLine = new CommandLine(main)
                .setOut(new PrintWriter(out, true, StandardCharsets.UTF_8))
                .setErr(new PrintWriter(err, true, StandardCharsets.UTF_8))
                .setCaseInsensitiveEnumValuesAllowed(true)
                .setUsageHelpAutoWidth(true)
                .setParameterExceptionHandler(report)
                .setExecutionStrategy(main::execute)
                .setExecutionExceptionHandler(report);
        try {
            Arguments all = Arguments.of(commandLine, arguments);
            main.fromConfig = all.fromConfig();
            return commandLine.execute(all.words().toArray(String[]::new));
        } catch (InvalidInputException | Error e) {
            // Of the configuration file; and picocli hands exceptions to the report, but lets errors such as
            // OutOfMemoryError through.
            return report.of(e);
        }
    }

    private int execute(ParseResult parsed) {
        if (quiet && verbose) {
            throw new ParameterException(
                    spec.commandLine(), "--quiet asks for less and --verbose for more; leave one of them out");
        }
        long start = System.nanoTime();
        try (LogLines _ = LogLines.show(err, verbose)) {
            if (config != null) {
                LOGGER.log(Level.DEBUG, "Options from {0}: {1}", config, String.join(" ", fromConfig));
            }
            int code = new RunLast().execute(parsed);
            LOGGER.log(Level.DEBUG, "Took {0}.", Elapsed.text(Duration.ofNanos(System.nanoTime() - start)));
            return code;
        }
    }

    /** Where commands say how far they have come. */
    Progress progress() {
        return quiet ? Progress.NONE : progress;
    }

    /** Says a sentence on the work, such as what was loaded, onto standard error. Warnings are none of these: they go past it. */
    void note(String sentence) {
        if (!quiet) {
            err.println(sentence);
        }
    }

    @Override
    public void run() {
        throw new ParameterException(
                spec.commandLine(),
                "Name a command: " + String.join(", ", spec.subcommands().keySet()));
    }
}
