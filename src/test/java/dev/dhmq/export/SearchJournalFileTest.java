package dev.dhmq.export;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.dhmq.InvalidInputException;
import dev.dhmq.search.Problems;
import dev.dhmq.search.QuantizationPlan;
import dev.dhmq.search.SearchJournal;
import dev.dhmq.search.SearchListener;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.CancellationException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class SearchJournalFileTest {
    private static final List<QuantizationPlan> EXPECTED = Problems.plans(SearchJournal.NONE, SearchListener.NONE);

    @TempDir
    private Path folder;

    @Test
    void aStoppedSearchGoesOnToTheSamePlans() {
        try (SearchJournalFile journal = open("a")) {
            assertThatThrownBy(() -> Problems.plans(journal, (step, share) -> {
                        if (step.number() == 3) {
                            Thread.currentThread().interrupt();
                        }
                    }))
                    .isInstanceOf(CancellationException.class);
            assertThat(Thread.interrupted()).isTrue();
        }
        try (SearchJournalFile journal = open("a")) {
            assertThat(journal.entries()).hasSize(3);
            assertThat(Problems.plans(journal, SearchListener.NONE)).isEqualTo(EXPECTED);
        }
        try (SearchJournalFile journal = open("a")) {
            assertThat(Problems.plans(journal, SearchListener.NONE)).isEqualTo(EXPECTED);
        }
    }

    @Test
    void aKillThatCutsTheFileAnywhereLosesNoMoreThanTheLastLine() throws IOException {
        try (SearchJournalFile journal = open("a")) {
            Problems.plans(journal, SearchListener.NONE);
        }
        byte[] whole = Files.readAllBytes(file());
        for (int length = 0; length < whole.length; length += 611) {
            Files.write(file(), Arrays.copyOf(whole, length));
            try (SearchJournalFile journal = open("a")) {
                assertThat(Problems.plans(journal, SearchListener.NONE))
                        .as("%d bytes", length)
                        .isEqualTo(EXPECTED);
            }
            assertThat(Files.readAllBytes(file())).isEqualTo(whole);
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"{\"start\": 3}", "nonsense", "{}x", "null", "{\"other\": {}}", "[]"})
    void aDamagedLineIsNamed(String line) throws IOException {
        open("a").close();
        Files.writeString(file(), Files.readString(file()) + line + "\n");
        assertThatThrownBy(() -> open("a"))
                .isInstanceOf(InvalidInputException.class)
                .hasMessageContaining("search.journal is damaged or no search's journal (line 2)");
    }

    @Test
    void anotherSearchsJournalIsRefusedAndKept() throws IOException {
        open("a").close();
        byte[] before = Files.readAllBytes(file());
        assertThatThrownBy(() -> open("b"))
                .isInstanceOf(InvalidInputException.class)
                .hasMessageContaining("is the journal of another search (a)");
        assertThat(Files.readAllBytes(file())).isEqualTo(before);
    }

    @Test
    void twoSearchesDoNotWriteOneJournal() {
        try (SearchJournalFile first = open("a")) {
            assertThat(first.entries()).isEmpty();
            assertThatThrownBy(() -> open("a"))
                    .isInstanceOf(InvalidInputException.class)
                    .hasMessageContaining("Another search is writing");
        }
    }

    @Test
    void aFolderAndABinaryFileAreNoJournals() throws IOException {
        Files.createDirectory(file());
        assertThatThrownBy(() -> open("a")).isInstanceOf(InvalidInputException.class);
        Files.delete(file());
        Files.writeString(file(), "\u0000\u0001\n", StandardCharsets.ISO_8859_1);
        assertThatThrownBy(() -> open("a"))
                .isInstanceOf(InvalidInputException.class)
                .hasMessageContaining("(line 1)");
    }

    private SearchJournalFile open(String search) {
        return SearchJournalFile.open(file(), search);
    }

    private Path file() {
        return folder.resolve("search.journal");
    }
}
