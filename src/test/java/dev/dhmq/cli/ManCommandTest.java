package dev.dhmq.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ManCommandTest {
    @TempDir
    Path folder;

    @Test
    void aPageHasWhatTheHelpHas() {
        Run run = Run.dhmq("man", "eval");
        assertThat(run.code()).isZero();
        assertThat(run.out().lines().filter(line -> line.startsWith(".SH")))
                .containsExactly(
                        ".SH NAME",
                        ".SH SYNOPSIS",
                        ".SH DESCRIPTION",
                        ".SH OPTIONS",
                        ".SH EXIT STATUS",
                        ".SH EXAMPLES",
                        ".SH SEE ALSO");
        assertThat(run.out())
                .startsWith(".TH DHMQ-EVAL 1 ")
                .contains(
                        "dhmq\\-eval \\- Judges a detector",
                        "dhmq eval [\\-hqvV]",
                        ".TP\n\\-\\-detections FILE\n",
                        ".TP\n\\-q, \\-\\-quiet\n",
                        ".TP\n130\ninterrupted",
                        "\ndhmq eval \\-\\-model cells \\-\\-plan cells\\-8x/plan.json \\e\n",
                        "dhmq(1)");
    }

    /** A line that begins with a dot or a quote is man's own. */
    @Test
    void noLineOfTextIsTakenForAnInstruction() throws IOException {
        assertThat(Run.dhmq("man", "--out", folder.toString()).code()).isZero();
        try (Stream<Path> pages = Files.list(folder)) {
            for (Path page : pages.toList()) {
                assertThat(Files.readAllLines(page))
                        .as(page.toString())
                        .noneMatch(line -> line.startsWith("'"))
                        .allMatch(line -> !line.startsWith(".") || line.matches("\\.(TH|SH|TP|PP|nf|fi)( .*)?"));
            }
        }
    }

    @Test
    void allPagesAreWritten() throws IOException {
        Run run = Run.dhmq("man", "--out", folder.resolve("man1").toString());
        assertThat(run.code()).as(run.err()).isZero();
        assertThat(Files.readString(folder.resolve("man1/dhmq.1"))).contains(".SH COMMANDS", "dhmq\\-search(1)");
        try (Stream<Path> pages = Files.list(folder.resolve("man1"))) {
            assertThat(pages)
                    .extracting(page -> page.getFileName().toString())
                    .contains("dhmq.1", "dhmq-train.1", "dhmq-convert.1", "dhmq-man.1")
                    .allMatch(name -> name.endsWith(".1"));
        }
    }

    @Test
    void anUnknownCommandIsAskedAfter() {
        Run run = Run.dhmq("man", "serach");
        assertThat(run.code()).isEqualTo(2);
        assertThat(run.err()).contains("'serach' is no command (did you mean search?)");
        assertThat(Run.dhmq("man", "eval", "--out", folder.toString()).code()).isEqualTo(2);
    }
}
