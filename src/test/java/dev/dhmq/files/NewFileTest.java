package dev.dhmq.files;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.dhmq.InvalidInputException;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class NewFileTest {
    @TempDir
    Path folder;

    @Test
    void foldersAreMadeAndNothingElseIsLeft() throws IOException {
        Path file = folder.resolve("a/b/out.txt");
        write(file, "one");
        write(file, "two");
        assertThat(file).content().isEqualTo("two");
        assertThat(folder.resolve("a/b").toFile().list()).containsExactly("out.txt");
    }

    @Test
    void aFailedWriteLeavesTheOldFileAsItWas() throws IOException {
        Path file = folder.resolve("out.txt");
        write(file, "old");
        assertThatThrownBy(() -> NewFile.write(file, out -> {
                    out.write(1);
                    throw new IOException("No space left on device");
                }))
                .isInstanceOf(InvalidInputException.class)
                .hasMessageContaining("out.txt cannot be written (IO: No space left on device)");
        assertThatThrownBy(() -> NewFile.write(file, out -> {
                    throw new IllegalStateException("stopped");
                }))
                .isInstanceOf(IllegalStateException.class);
        assertThat(file).content().isEqualTo("old");
        assertThat(folder.toFile().list()).containsExactly("out.txt");
    }

    @Test
    void foldersInTheWayAreNamed() throws IOException {
        assertThatThrownBy(() -> write(folder, "x"))
                .isInstanceOf(InvalidInputException.class)
                .hasMessageContaining("is a folder; name a file to write");
        write(folder.resolve("file"), "x");
        assertThatThrownBy(() -> write(folder.resolve("file/inside"), "x"))
                .isInstanceOf(InvalidInputException.class)
                .hasMessageContaining("cannot be written");
    }

    private static void write(Path file, String text) {
        NewFile.write(file, out -> out.write(text.getBytes(StandardCharsets.UTF_8)));
    }
}
