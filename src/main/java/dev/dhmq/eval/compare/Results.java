package dev.dhmq.eval.compare;

import dev.dhmq.eval.CocoMetrics;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.DoubleStream;
import java.util.stream.Stream;

/**
 * What a comparison has found so far. For one thread.
 *
 * <p>The conditions are everything but methods and seeds that the numbers depend on: results of other conditions are another
 * comparison's.
 */
public final class Results {
    private final Map<String, String> conditions;
    private final Map<String, String> methods;
    private final List<Cell> cells;
    private Optional<CocoMetrics> floats;

    Results(
            Map<String, String> conditions,
            Map<String, String> methods,
            Optional<CocoMetrics> floats,
            List<Cell> cells) {
        this.conditions = conditions;
        this.methods = methods;
        this.floats = floats;
        this.cells = new ArrayList<>(cells);
    }

    /** What the numbers depend on, by name. */
    public Map<String, String> conditions() {
        return conditions;
    }

    /** Definitions of the methods by their names, in the order of the table. */
    public Map<String, String> methods() {
        return methods;
    }

    /** The float model's numbers; empty until it has been judged. */
    public Optional<CocoMetrics> floats() {
        return floats;
    }

    void judgedFloat(CocoMetrics metrics) {
        floats = Optional.of(metrics);
    }

    /** All cells, those not judged yet too. */
    public List<Cell> cells() {
        return List.copyOf(cells);
    }

    Optional<Cell> cell(String method, long seed, double ratio) {
        return cells.stream().filter(cell -> cell.is(method, seed, ratio)).findFirst();
    }

    /** Adds a cell, or puts it in the place of the one of the same method, seed and ratio. */
    void put(Cell cell) {
        for (int i = 0; i < cells.size(); i++) {
            if (cells.get(i).is(cell.method(), cell.seed(), cell.ratio())) {
                cells.set(i, cell);
                return;
            }
        }
        cells.add(cell);
    }

    /** The ratios there are cells of, ascending. */
    public DoubleStream ratios() {
        return cells.stream().mapToDouble(Cell::ratio).distinct().sorted();
    }

    /** What any model was judged after. */
    public List<Treatment> treatments() {
        return Arrays.stream(Treatment.values())
                .filter(treatment ->
                        cells.stream().anyMatch(cell -> cell.metrics(treatment).isPresent()))
                .toList();
    }

    /** Judged cells of a method at a ratio, by seed. */
    public Stream<Cell> judged(String method, double ratio) {
        return cells.stream()
                .filter(cell -> cell.method().equals(method) && cell.ratio() == ratio)
                .filter(cell -> cell.metrics().isPresent())
                .sorted(Comparator.comparingLong(Cell::seed));
    }
}
