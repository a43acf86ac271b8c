package dev.dhmq.model;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.dhmq.quant.BitWidths;
import dev.dhmq.search.Budget;
import dev.dhmq.search.MixedPrecisionSearch;
import dev.dhmq.search.Provenance;
import dev.dhmq.search.QuantizationPlan;
import dev.dhmq.search.SearchListener;
import dev.dhmq.search.SearchSettings;
import dev.dhmq.tensor.Backend;
import dev.dhmq.tensor.Backends;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;

/** A search frees what it takes: LibTorch's graphs, curvature pairs, scale vectors. */
class SearchMemoryTest {
    private static final Path STATUS = Path.of("/proc/self/status");

    /**
     * What the process may grow by over 200 steps after as many for warming up. One leaked weight vector a step, the
     * smallest thing a step allocates, would be 200 x 0.8 MB; measured: a few MB of the JVM's and the allocator's own.
     */
    private static final long ALLOWED_KIB = 64 << 10;

    @Test
    void twoHundredStepsDoNotGrowTheProcess() throws IOException {
        assumeTrue(Files.exists(STATUS), "this system does not tell a process its memory at " + STATUS);
        try (RetinaNet model = TinyDetector.create(1);
                Backend backend = Backends.select(Backends.Choice.AUTO);
                EffectObjective objective = new EffectObjective(model, backend, TinyDetector.samples(1, 1), 1)) {
            steps(objective, 200);
            long before = residentKiB();
            int made = steps(objective, 200);
            long growth = residentKiB() - before;

            System.out.println("Resident memory after " + made + " more search steps: " + growth + " KiB more");
            assertThat(made).isGreaterThanOrEqualTo(200);
            assertThat(growth).isLessThan(ALLOWED_KIB);
        }
    }

    /** Searches, one layer a step, until at least so many steps are made. */
    private static int steps(EffectObjective objective, int atLeast) {
        SearchSettings settings = SearchSettings.defaults()
                .withCandidates(BitWidths.of(2, 3, 4, 5, 6, 7, 8))
                .withLayersPerStep(1);
        int made = 0;
        while (made < atLeast) {
            QuantizationPlan plan = new MixedPrecisionSearch(
                            objective, settings, new Provenance("none", 0, 1, "any"), SearchListener.NONE)
                    .run(List.of(new Budget.MeanBits(2.1)))
                    .getFirst();
            made += plan.steps().size();
        }
        return made;
    }

    private static long residentKiB() throws IOException {
        System.gc();
        return Files.readAllLines(STATUS).stream()
                .filter(line -> line.startsWith("VmRSS:"))
                .mapToLong(line -> Long.parseLong(line.replaceAll("\\D", "")))
                .findFirst()
                .orElseThrow();
    }
}
