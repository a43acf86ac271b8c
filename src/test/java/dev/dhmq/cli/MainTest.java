package dev.dhmq.cli;

import static org.assertj.core.api.Assertions.assertThat;

import dev.dhmq.Progress;
import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import picocli.CommandLine;
import picocli.CommandLine.Model.OptionSpec;

/** The command line as a whole: help, usage errors and exit codes. */
class MainTest {
    @Test
    void helpShowsExamplesAndExitCodes() {
        Run run = Run.dhmq("--help");
        assertThat(run.code()).isEqualTo(0);
        assertThat(run.err()).isEmpty();
        assertThat(run.out()).contains("Examples:", "dhmq eval --", "Exit codes:", "130", "--verbose");
    }

    @ParameterizedTest
    @ValueSource(strings = {"eval", "doctor"})
    void everyCommandsHelpShowsItsExamplesAndExitCodes(String command) {
        Run run = Run.dhmq(command, "--help");
        assertThat(run.code()).isEqualTo(0);
        assertThat(run.out()).contains("Examples:", "  dhmq " + command, "Exit codes:", "130", "--verbose");
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
        assertUsageError(Run.dhmq("evla"), "'evla' is no command (did you mean eval?)");
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
    @ValueSource(
            strings = {
                "",
                "demo",
                "train",
                "search",
                "eval",
                "export",
                "scenes",
                "doctor",
                "convert",
                "completion",
                "man"
            })
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
    void aMistypedRequiredOptionIsNotSaidToBeMissing() {
        Run run = Run.dhmq("eval", "--detections", "d", "--anotations=a");
        assertUsageError(run, "Unknown option: '--anotations' (did you mean --annotations?)");
    }

    @ParameterizedTest
    @CsvSource({
        "train --backbone resnet5, did you mean resnet50?",
        "train --model retinnet, did you mean retinanet?",
        "search --rule lowest-sensitivty, did you mean lowest-sensitivity?",
        "search --objective efect, did you mean effect?"
    })
    void mistypedNamesAreAskedAfter(String line, String question) {
        assertUsageError(Run.dhmq(line.split(" ")), question);
    }

    @ParameterizedTest
    @ValueSource(strings = {"--verbose", "-v"})
    void verboseShowsTheStackTrace(String verbose) {
        String[] arguments = {"eval", "--detections", "no-such-file", "--annotations", "no-such-file"};
        assertThat(Run.dhmq(arguments).err()).doesNotContain("\tat ");
        Run run = Run.dhmq("eval", "--detections", "no-such-file", "--annotations", "no-such-file", verbose);
        assertThat(run.code()).isEqualTo(2);
        assertThat(run.err()).contains("no-such-file", "\tat dev.dhmq.");
    }

    @Test
    void verboseShowsTheLogAndLeavesNothingBehind() {
        Run run = Run.dhmq("doctor", "--verbose", "--json");
        assertThat(run.err()).contains("dhmq: Took ");
        assertThat(run.out()).startsWith("{");
        assertThat(Run.dhmq("doctor", "--json").err()).isEmpty();
    }

    @Test
    void quietSaysNothingOfProgress(@TempDir Path folder) {
        String[] scenes = {"scenes", "--count", "1", "--size", "32x32", "--out", folder.toString()};
        assertThat(Run.dhmq(scenes).err()).isNotEmpty();
        Run quiet = Run.dhmq("-q", "scenes", "--count", "1", "--size", "32x32", "--out", folder.toString());
        assertThat(quiet.err()).isEmpty();
        assertThat(quiet.out()).contains("annotations.json");
        Run both = Run.dhmq("doctor", "-q", "-v");
        assertThat(both.code()).isEqualTo(2);
        assertThat(both.err()).contains("leave one of them out"); // and, as --verbose asks, where that was said
    }

    /** The completion script keeps an option's values under its label: of two with one label, one would get the other's. */
    @Test
    void optionsWithValuesToCompleteHaveLabelsOfTheirOwn() {
        CommandLine dhmq = new CommandLine(new Main(Progress.NONE, System.err));
        for (CommandLine command : dhmq.getSubcommands().values()) {
            assertThat(command.getCommandSpec().options().stream()
                            .filter(option -> option.completionCandidates() != null)
                            .map(OptionSpec::paramLabel))
                    .as(command.getCommandName())
                    .doesNotHaveDuplicates();
        }
    }

    @Test
    void whatNobodyExpectedIsOneSentenceToo() {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        ErrorReport report = new ErrorReport(new PrintStream(bytes, true, StandardCharsets.UTF_8), () -> false);
        int code = report.of(new IllegalStateException("the first line\nand a C++ trace"));
        assertThat(code).isEqualTo(1);
        assertThat(bytes.toString(StandardCharsets.UTF_8))
                .contains("IllegalStateException", "the first line", "--verbose")
                .doesNotContain("C++");
    }

    private static void assertUsageError(Run run, String mentions) {
        assertThat(run.code()).isEqualTo(2);
        assertThat(run.out()).isEmpty();
        assertThat(run.err().lines()).hasSize(1);
        assertThat(run.err()).contains(mentions, "--help");
    }
}
