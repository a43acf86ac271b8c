package dev.dhmq.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.InputStream;
import java.util.List;
import org.junit.jupiter.api.Test;

/** {@code dhmq demo} on few scenes. */
class DemoCommandTest {
    @Test
    void comparesThreeSizesAndNoPlanIsLargerThanItsUniformRow() {
        Run run = Run.dhmq("demo", "--test-scenes", "12");

        assertThat(run.code()).as(run.err()).isZero();
        List<String> rows = run.out().lines().toList();
        assertThat(rows.get(0)).contains("bytes", "mean bits", "AP", "AP50", "seconds");
        assertThat(rows.get(1)).startsWith("float");
        for (int i = 2; i < 8; i += 2) {
            assertThat(rows.get(i)).startsWith("uniform");
            assertThat(rows.get(i + 1)).startsWith("DHMQ");
            assertThat(bytes(rows.get(i + 1))).isLessThanOrEqualTo(bytes(rows.get(i)));
        }
        // The trained detector finds things on scenes it never saw: far above the 0 of random weights.
        assertThat(averagePrecision(rows.get(1))).isGreaterThan(0.3);
    }

    @Test
    void theCommittedCheckpointIsSmall() throws IOException {
        try (InputStream weights = DemoCheckpoint.class.getResourceAsStream("demo/model.safetensors")) {
            assertThat(weights).isNotNull();
            assertThat(weights.readAllBytes()).hasSizeLessThanOrEqualTo(4_000_000);
        }
    }

    private static long bytes(String row) {
        return Long.parseLong(row.substring(16, 27).strip());
    }

    private static double averagePrecision(String row) {
        return Double.parseDouble(row.substring(48, 55).strip());
    }
}
