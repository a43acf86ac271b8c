package dev.dhmq.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** The completion script, asked by the bash it is for. */
class CompletionCommandTest {
    @TempDir
    Path folder;

    @ParameterizedTest
    @CsvSource({
        "'', 1, 'demo train search correct finetune pack convert eval detect export compare report scenes doctor completion man'",
        "'sea', 1, search",
        "'train --val', 2, --val-annotations",
        "'train --backbone resnet1', 3, 'resnet18 resnet101'",
        "'train --schedule c', 3, 'cosine constant'",
        "'search --objective e', 3, effect",
        "'search --backend c', 3, 'cpu cuda'",
        "'completion b', 2, bash"
    })
    void bashCompletesCommandsOptionsAndValues(String words, int cursor, String expected)
            throws IOException, InterruptedException {
        Run script = Run.dhmq("completion", "bash");
        assertThat(script.code()).isZero();
        Path file = Files.writeString(folder.resolve("dhmq"), script.out());
        // Outside of a completion bash's compopt has nothing to change and complains; a function stands in its way.
        Process bash = new ProcessBuilder(
                        "bash",
                        "-c",
                        "source " + file + "; compopt() { :; }; COMP_WORDS=(dhmq " + (words.isEmpty() ? "''" : words)
                                + "); COMP_CWORD=" + cursor + "; _complete_dhmq; echo ${COMPREPLY[@]}")
                .redirectErrorStream(true)
                .start();
        String said = new String(bash.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        assertThat(bash.waitFor()).as(said).isZero();
        assertThat(said.strip()).isEqualTo(expected);
    }

    @Test
    void zshHasTheSameScriptAndOtherShellsNone() {
        assertThat(Run.dhmq("completion", "zsh").out()).contains("ZSH_VERSION", "bashcompinit");
        Run fish = Run.dhmq("completion", "fish");
        assertThat(fish.code()).isEqualTo(2);
        assertThat(fish.err()).contains("'fish' is none of bash, zsh");
    }
}
