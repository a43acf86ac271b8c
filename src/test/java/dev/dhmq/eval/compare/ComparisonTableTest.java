package dev.dhmq.eval.compare;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.dhmq.eval.CocoMetrics;
import dev.dhmq.search.SearchCost;
import dev.dhmq.search.TaskLosses;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.OptionalLong;
import java.util.stream.DoubleStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The table's numbers, and the file they are kept in. */
class ComparisonTableTest {
    private static final Map<String, String> CONDITIONS = Map.of("threads", "2");
    private static final Map<String, String> METHODS = methods();

    @TempDir
    Path folder;

    private static Map<String, String> methods() {
        Map<String, String> methods = new LinkedHashMap<>();
        methods.put("uniform", "one width");
        methods.put("dhmq", "a search");
        return methods;
    }

    private static CocoMetrics metrics(double ap) {
        return new CocoMetrics(ap, ap + 0.3, ap, -1, ap, ap, ap, ap, ap, -1, ap, ap);
    }

    private static Cell cell(String method, long seed, double ap) {
        return cell(method, seed, Map.of(Treatment.NONE, metrics(ap)));
    }

    private static Cell cell(String method, long seed, Map<Treatment, CocoMetrics> judgements) {
        boolean search = method.equals("dhmq");
        return new Cell(
                method,
                seed,
                8,
                List.of(4, 0, 2),
                1000 + seed,
                8.5,
                3.75,
                new TaskLosses(0.25, 0.125),
                new SearchCost.Count(search ? 20 + (int) seed : 0, 0, 2),
                1.5,
                search ? OptionalLong.of(3_000_000_000L) : OptionalLong.empty(),
                search
                        ? new Ranks(OptionalDouble.of(0.75), OptionalDouble.of(0.5), OptionalDouble.of(-0.25))
                        : Ranks.NONE,
                judgements);
    }

    /** All judged cells judged once more after a treatment, and better. */
    private static Results treated(Treatment treatment, Results results) {
        for (Cell cell : results.cells()) {
            cell.metrics().ifPresent(plain -> results.put(cell.judged(treatment, metrics(plain.ap() + 0.004))));
        }
        return results;
    }

    private static Results results() {
        return new Results(
                CONDITIONS,
                METHODS,
                Optional.of(metrics(0.5)),
                List.of(
                        cell("uniform", 0, 0.48),
                        cell("dhmq", 0, 0.494),
                        cell("dhmq", 2, 0.49),
                        cell("dhmq", 1, 0.5),
                        cell("dhmq", 3, Map.of())));
    }

    @Test
    void aRowHasTheMedianAndTheExtremesOfTheJudgedSeeds() throws IOException {
        Path file = folder.resolve("compare.md");
        ComparisonTable.write(file, results());
        assertThat(Files.readString(file))
                .contains("Float: AP 0.5000, AP50 0.8000")
                .contains(
                        "| uniform | 1 | 0.4800 | 2.00 | 1.00 | 2.00 | 1000 | 8.50 | 0.2500; 0.1250 | 0 | 0 | 2 | 1.5 |  |  |  |  |")
                .contains(
                        "| dhmq | 3 | 0.4940 [0.4900, 0.5000] | 0.60 [0.00, 1.00] | 0.30 | 0.60 [0.00, 1.00] |"
                                + " 1001 [1000, 1002] | 8.50 | 0.2500; 0.1250 | 21 [20, 22] | 0 | 2 | 1.5 | 3000 | 0.75 | 0.50 | -0.25 |");
    }

    @Test
    void treatedModelsHaveColumnsOfTheirOwn() throws IOException {
        Path file = folder.resolve("compare.md");
        ComparisonTable.write(file, treated(Treatment.CORRECTED, results()));
        assertThat(Files.readString(file))
                .contains("| of uniform | AP lost, corrected | of uniform, corrected | AP50 lost |")
                .contains("| uniform | 1 | 0.4800 | 2.00 | 1.00 | 1.60 | 1.00 | 2.00 |")
                .contains("| 0.60 [0.00, 1.00] | 0.30 | 0.20 [-0.40, 0.60] | 0.13 | 0.60 [0.00, 1.00] |");
        ComparisonTable.write(file, treated(Treatment.COMPENSATED, results()));
        assertThat(Files.readString(file))
                .contains("| of uniform | AP lost, compensated | of uniform, compensated | AP50 lost |")
                .contains("| 0.60 [0.00, 1.00] | 0.30 | 0.20 [-0.40, 0.60] | 0.13 | 0.60 [0.00, 1.00] |");
    }

    @Test
    void whatOneMethodLacksIsLeftOpen() throws IOException {
        Results results = results();
        Cell uniform = results.cells().getFirst();
        results.put(uniform.judged(Treatment.CORRECTED, metrics(0.49)));
        Path file = folder.resolve("compare.md");
        ComparisonTable.write(file, results);
        assertThat(Files.readString(file))
                .contains("| uniform | 1 | 0.4800 | 2.00 | 1.00 | 1.00 | 1.00 | 2.00 |")
                .contains("| 0.60 [0.00, 1.00] | 0.30 |  |  | 0.60 [0.00, 1.00] |");
    }

    @Test
    void theFileKeepsEveryCell() {
        Path file = folder.resolve("compare.json");
        Results written = treated(Treatment.COMPENSATED, treated(Treatment.CORRECTED, results()));
        ComparisonFile.write(file, written);
        Results read = ComparisonFile.readOrNew(file, CONDITIONS, METHODS);
        assertThat(read.cells()).isEqualTo(written.cells());
        assertThat(read.floats()).isEqualTo(results().floats());
        assertThat(read.methods()).isEqualTo(METHODS);
        assertThat(ComparisonFile.readOrNew(file, CONDITIONS, Map.of("new", "a method"))
                        .methods())
                .containsOnlyKeys("new", "uniform", "dhmq");
        assertThatThrownBy(() -> ComparisonFile.readOrNew(file, Map.of("threads", "1"), METHODS))
                .hasMessageContaining("threads was 2, not 1");
    }

    @Test
    void aCellIsReplacedByTheOneOfTheSamePlace() {
        Results results = results();
        results.put(cell("dhmq", 3, 0.1));
        assertThat(results.cells()).hasSize(5);
        assertThat(results.judged("dhmq", 8).map(Cell::seed)).containsExactly(0L, 1L, 2L, 3L);
    }

    @Test
    void theMedianOfAnEvenNumberIsBetweenTheTwoInTheMiddle() {
        assertThat(Spread.of(DoubleStream.of(4, 1, 3, 8))).isEqualTo(new Spread(3.5, 1, 8));
        assertThatThrownBy(() -> Spread.of(DoubleStream.empty())).isInstanceOf(IllegalArgumentException.class);
    }
}
