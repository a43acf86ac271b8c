package dev.dhmq.cli;

import java.io.PrintWriter;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** {@code dhmq doctor}: what the machine offers, and why what is missing is missing. */
@Command(
        name = "doctor",
        description = "Shows what this machine offers: versions, processor features and backends.",
        footer = {"  dhmq doctor", "  dhmq doctor --json"})
final class DoctorCommand implements Callable<Integer> {
    @Spec
    private CommandSpec spec;

    @Option(names = "--json", description = "Print one JSON object instead of text.")
    private boolean json;

    @Override
    public Integer call() throws Exception {
        Diagnosis diagnosis = Diagnosis.here();
        PrintWriter out = spec.commandLine().getOut();
        out.println(json ? DiagnosisText.json(diagnosis) : DiagnosisText.lines(diagnosis));
        return ExitCode.FINE;
    }
}
