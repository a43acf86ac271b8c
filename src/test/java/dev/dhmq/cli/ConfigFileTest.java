package dev.dhmq.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import picocli.CommandLine;
import picocli.CommandLine.ArgGroup;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** Options from a file: on a command line of the test's own, and on the real one. */
class ConfigFileTest {
    @TempDir
    Path folder;

    @Command(
            name = "dhmq",
            subcommands = {Find.class, Judge.class})
    static final class Program {}

    @Command(name = "find")
    static final class Find {
        @ArgGroup(exclusive = true, multiplicity = "1")
        SizeTargetOptions target;

        @Mixin
        SearchOptions search;

        @Option(names = "--config")
        Path config;
    }

    @Command(name = "judge")
    static final class Judge {
        @Option(names = "--batch")
        int batch;

        @Option(names = "--json")
        boolean json;

        @Option(names = "--config")
        Path config;
    }

    private Path write(String... lines) throws IOException {
        return Files.write(folder.resolve("dhmq.properties"), List.of(lines));
    }

    private static List<String> arguments(String line) {
        return Arguments.of(new CommandLine(new Program()), line.split(" ")).words();
    }

    @Test
    void aCommandTakesItsOwnKeysBeforeThoseOfAllAndLeavesTheOthers() throws IOException {
        Path file = write("# both", "batch=8", "judge.batch = 3", "judge.json=true", "find.ratio=8,10.67");
        assertThat(arguments("judge --config " + file))
                .containsExactly("judge", "--batch=3", "--json", "--config", file.toString());
        assertThat(arguments("--config=" + file + " find --memory 2"))
                .containsExactly("--config=" + file, "find", "--batch=8", "--ratio=8,10.67", "--memory", "2");
    }

    @Test
    void theCommandLineGoesBeforeTheFile() throws IOException {
        Path file = write("batch=8", "json=false", "find.ratio=8");
        assertThat(arguments("judge --batch 2 --config " + file))
                .containsExactly("judge", "--batch", "2", "--config", file.toString());
        // Of options that exclude each other, one on the command line silences those of the file.
        assertThat(arguments("find --bytes=1000 --batch=1 --config " + file))
                .containsExactly("find", "--bytes=1000", "--batch=1", "--config", file.toString());
    }

    @Test
    void severalValuesAreWordsWithQuotesWhereNeeded() throws IOException {
        Path file = write("find.pin=*head* 'two words'", "find.task-weights=1 2.5");
        assertThat(arguments("find --config " + file))
                .containsExactly(
                        "find",
                        "--pin=*head*",
                        "--pin=two words",
                        "--task-weights",
                        "1",
                        "2.5",
                        "--config",
                        file.toString());
    }

    @Test
    void withoutACommandOrAFileNothingIsAdded() throws IOException {
        Path file = write("batch=8");
        assertThat(arguments("--config " + file)).containsExactly("--config", file.toString());
        assertThat(arguments("judge --config")).containsExactly("judge", "--config");
        assertThat(arguments("judge --json")).containsExactly("judge", "--json");
    }

    @ParameterizedTest
    @CsvSource({
        "search.ratoi=8, did you mean search.ratio?",
        "serch.ratio=8, did you mean search.ratio?",
        "imags=photos, did you mean images?",
        "help=true, no option of any command",
        "config=other, no option of any command",
        "eval.json=yes, must be true or false",
        "eval.json=\\u12, cannot be read"
    })
    void whatCannotBeIsRefused(String line, String complaint) throws IOException {
        refused(write(line), complaint);
    }

    @Test
    void aKeyThatIsThereTwiceIsRefused() throws IOException {
        refused(write("images=a", "images=b"), "sets images twice");
    }

    @Test
    void aFileThatIsNotThereIsRefused() {
        refused(folder.resolve("none.properties"), "none.properties cannot be read");
    }

    @Test
    void requiredOptionsMayComeFromTheFileAndComplaintsNameIt() throws IOException {
        Path file = write("eval.detections=" + folder.resolve("none.json"), "annotations=none.json");
        Run run = Run.dhmq("eval", "--verbose", "--config", file.toString());
        assertThat(run.code()).isEqualTo(2);
        assertThat(run.err())
                .contains("none.json does not exist", "Options from " + file + ": --annotations=none.json");
        Run wrong = Run.dhmq("eval", "--threads", "0", "--config", file.toString());
        assertThat(wrong.err()).contains("--threads", "and the file of --config");
    }

    private static void refused(Path file, String complaint) {
        Run run = Run.dhmq("eval", "--detections", "d", "--annotations", "a", "--config", file.toString());
        assertThat(run.code()).as(run.err()).isEqualTo(2);
        assertThat(run.out()).isEmpty();
        assertThat(run.err()).contains(complaint);
        assertThat(run.err().lines()).hasSize(1);
    }
}
