package dev.dhmq.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The command line as a whole: help, usage errors and exit codes. */
class MainTest {
    @Test
    void helpShowsExamplesAndExitCodes() {
        Run run = Run.dhmq("--help");
        assertThat(run.code()).isEqualTo(0);
        assertThat(run.err()).isEmpty();
        assertThat(run.out()).contains("Examples:", "dhmq eval --", "Exit codes:", "130", "--debug");
    }

    @ParameterizedTest
    @ValueSource(strings = {"eval", "doctor"})
    void everyCommandsHelpShowsItsExamplesAndExitCodes(String command) {
        Run run = Run.dhmq(command, "--help");
        assertThat(run.code()).isEqualTo(0);
        assertThat(run.out()).contains("Examples:", "  dhmq " + command, "Exit codes:", "130", "--debug");
    }

    @Test
    void versionIsTheBuilds() {
        Run run = Run.dhmq("--version");
        assertThat(run.code()).isEqualTo(0);
        assertThat(run.out()).containsPattern("dhmq [0-9]+[.][0-9]+");
    }

    @Test
    void noCommandNamesThemAll() {
        assertUsageError(Run.dhmq(), "eval");
    }

    @Test
    void unknownCommandIsOneSentence() {
        assertUsageError(Run.dhmq("evla"), "evla");
    }

    @Test
    void unknownOptionSuggestsAndPointsToTheCommandsHelp() {
        Run run = Run.dhmq("eval", "--detections", "d", "--annotations", "a", "--jsn");
        assertUsageError(run, "--jsn");
        assertThat(run.err()).contains("dhmq eval --help");
    }

    @Test
    void missingOptionIsNamed() {
        assertUsageError(Run.dhmq("eval", "--detections", "d"), "--annotations");
    }

    /** Examples are there to be copied: none may be broken within an argument to fit a terminal of 80 columns. */
    @ParameterizedTest
    @ValueSource(strings = {"", "demo", "train", "search", "eval", "export", "scenes", "doctor"})
    void examplesFitAnOrdinaryTerminal(String command) {
        Run run = command.isEmpty() ? Run.dhmq("--help") : Run.dhmq(command, "--help");
        assertThat(run.out()
                        .lines()
                        .dropWhile(line -> !line.equals("Examples:"))
                        .skip(1))
                .isNotEmpty()
                .allMatch(
                        line -> line.startsWith("  dhmq ") || line.startsWith("      "),
                        "an example, or its next line");
    }

    @Test
    void debugShowsTheStackTrace() {
        String[] arguments = {"eval", "--detections", "no-such-file", "--annotations", "no-such-file"};
        assertThat(Run.dhmq(arguments).err()).doesNotContain("\tat ");
        Run debug = Run.dhmq("eval", "--detections", "no-such-file", "--annotations", "no-such-file", "--debug");
        assertThat(debug.code()).isEqualTo(2);
        assertThat(debug.err()).contains("no-such-file", "\tat dev.dhmq.");
    }

    @Test
    void whatNobodyExpectedIsOneSentenceToo() {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        ErrorReport report = new ErrorReport(new PrintStream(bytes, true, StandardCharsets.UTF_8), () -> false);
        int code = report.of(new IllegalStateException("the first line\nand a C++ trace"));
        assertThat(code).isEqualTo(1);
        assertThat(bytes.toString(StandardCharsets.UTF_8))
                .contains("IllegalStateException", "the first line", "--debug")
                .doesNotContain("C++");
    }

    private static void assertUsageError(Run run, String mentions) {
        assertThat(run.code()).isEqualTo(2);
        assertThat(run.out()).isEmpty();
        assertThat(run.err().lines()).hasSize(1);
        assertThat(run.err()).contains(mentions, "--help");
    }
}
