package dev.dhmq.cli;

import static org.assertj.core.api.Assertions.assertThat;

import dev.dhmq.Progress;
import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;

/** Progress on a clock the test turns by hand. */
class ProgressTest {
    private final ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    private final PrintStream err = new PrintStream(bytes, true, StandardCharsets.UTF_8);
    private final AtomicLong clock = new AtomicLong();
    private final Progress lines = new LineProgress(err, clock::get);

    @Test
    void everyTenthIsALine() {
        run(1000, 1000, Duration.ofMillis(50));
        List<String> written = written();
        assertThat(written).hasSize(11);
        assertThat(written.getFirst()).isEqualTo("search: 0 of 1000");
        assertThat(written.get(1)).isEqualTo("search: 100 of 1000 (10 %), 5 s, about 45 s left; loss 1");
        assertThat(written.getLast()).isEqualTo("search: done, 50 s");
    }

    @Test
    void quickWorkIsItsStartAndItsEnd() {
        run(1000, 1000, Duration.ofMillis(1));
        assertThat(written()).containsExactly("search: 0 of 1000", "search: done, 1 s");
    }

    @Test
    void slowWorkIsHeardOfEveryHalfMinute() {
        run(1000, 9, Duration.ofSeconds(10));
        assertThat(written())
                .containsExactly(
                        "search: 0 of 1000",
                        "search: 3 of 1000 (0 %), 30 s, about 2 h 46 min left; loss 1",
                        "search: 6 of 1000 (0 %), 1 min 00 s, about 2 h 45 min left; loss 1",
                        "search: 9 of 1000 (0 %), 1 min 30 s, about 2 h 45 min left; loss 1",
                        "search: ended after 9 of 1000, 1 min 30 s");
    }

    @Test
    void fewStepsAreNotWrittenTwice() {
        run(2, 2, Duration.ofSeconds(4));
        assertThat(written())
                .containsExactly(
                        "search: 0 of 2", "search: 1 of 2 (50 %), 4 s, about 4 s left; loss 1", "search: done, 8 s");
    }

    @Test
    void noStepsAtAllAreDone() {
        run(0, 0, Duration.ZERO);
        assertThat(written()).containsExactly("search: 0 of 0", "search: done, 0 s");
    }

    @Test
    void barNamesTaskAndCount() {
        try (Progress.Task task = new BarProgress(err).start("train", 3)) {
            task.advance("loss 2");
            task.advance("");
            task.advance("loss 1");
        }
        assertThat(bytes.toString(StandardCharsets.UTF_8)).contains("train", "3/3", "100%");
    }

    private void run(long steps, int done, Duration each) {
        try (Progress.Task task = lines.start("search", steps)) {
            for (int i = 0; i < done; i++) {
                clock.addAndGet(each.toNanos());
                task.advance("loss 1");
            }
        }
    }

    private List<String> written() {
        return bytes.toString(StandardCharsets.UTF_8).lines().toList();
    }
}
