package dev.dhmq.eval.compare;

import dev.dhmq.Progress;
import dev.dhmq.model.HookedLayers;
import dev.dhmq.search.Assignment;
import dev.dhmq.search.Budget;
import dev.dhmq.tensor.ParameterLayout;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Consumer;

/**
 * Methods beside each other: each chooses bits for every ratio with every seed, and the model so quantized is judged. The
 * results are written after every cell, so that a comparison that was stopped goes on where it was; methods and seeds may be
 * added to one that is there. One thread at a time.
 *
 * @param subject what they are compared on
 * @param judge of the quantized model
 * @param methods the rows
 * @param seeds of everything random
 * @param ratios compression ratios, each greater than 1
 * @param correction what every model is judged once more after, if it is
 */
public record Comparison(
        Subject subject,
        Judge judge,
        List<Method> methods,
        List<Long> seeds,
        List<Double> ratios,
        Optional<Correction> correction) {

    public Comparison {
        methods = List.copyOf(methods);
        seeds = List.copyOf(seeds);
        ratios = List.copyOf(ratios);
    }

    /**
     * Fills the cells that are still missing.
     *
     * @param file where results are read from, if it exists, and written to
     * @param listener told of every cell as it is finished
     * @return all results, earlier ones included
     * @throws dev.dhmq.InvalidInputException where the file is another comparison's, or a ratio cannot be reached
     */
    public Results run(Path file, Progress progress, Listener listener) {
        check();
        Results results = ComparisonFile.readOrNew(file, conditions(), definitions());
        new ComparisonRun(this, file, results, listener).fill(progress);
        return results;
    }

    /** Hears of finished cells on the thread that compares. */
    @FunctionalInterface
    public interface Listener extends Consumer<Finished> {}

    /** A finished cell, and all results so far. */
    public record Finished(Cell cell, Results results) {}

    /** What every model is judged after, one by one. */
    List<Treatment> treatments() {
        List<Treatment> all = new ArrayList<>(List.of(Treatment.NONE));
        correction.ifPresent(how -> all.addAll(how.treatments()));
        return all;
    }

    /** The ratios as budgets. */
    List<Budget> budgets() {
        return ratios.stream().<Budget>map(Budget.CompressionRatio::new).toList();
    }

    private void check() {
        ParameterLayout layout = subject.layout();
        if (correction.isPresent()) {
            HookedLayers.requireHooks(subject.model());
        }
        budgets().forEach(Assignment.start(layout, subject.settings())::requireReachable);
        methods.forEach(method -> method.check(layout, budgets()));
    }

    private Map<String, String> conditions() {
        Map<String, String> conditions = subject.conditions();
        conditions.put("ratios", ratios.toString());
        correction
                .filter(how -> how.compensation() > 0)
                .ifPresent(
                        how -> conditions.put(ComparisonFile.COMPENSATION_STEPS, Integer.toString(how.compensation())));
        return conditions;
    }

    private Map<String, String> definitions() {
        Map<String, String> definitions = new LinkedHashMap<>();
        methods.forEach(method -> definitions.put(method.label(), method.definition()));
        return definitions;
    }
}
