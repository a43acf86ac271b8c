package dev.dhmq.search;

import dev.dhmq.quant.BitWidths;
import java.util.Collections;
import java.util.EnumSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.function.Consumer;

/**
 * How to search. {@link #defaults()} and the {@code with} methods make one.
 *
 * @param candidates widths a layer may have
 * @param start how B0 begins
 * @param sensitivity what a downgrade is predicted to cost
 * @param rule which downgrade comes next
 * @param steps how many layers may move for one gradient
 * @param memory curvature pairs B keeps; 0 leaves B0 alone
 * @param taskWeights fixed weights of the two tasks; empty to equalise their increase under the starting quantization
 * @param pinned layers, by name pattern, that stay at the highest candidate; {@code *} stands for any text
 * @param excluded layers, by name pattern, that stay in float32
 * @param without parts of the dynamical Hessian that are left out
 * @param exchanges exchanges of bits that may be tried once a budget is met, one gradient each; see {@link Exchanges}
 * @param byTask whether every step is also predicted for each task by itself, which takes every gradient twice and
 *     changes no plan
 */
public record SearchSettings(
        BitWidths candidates,
        CurvatureStart start,
        Sensitivity sensitivity,
        SelectionRule rule,
        StepSize steps,
        int memory,
        Optional<TaskWeights> taskWeights,
        List<String> pinned,
        List<String> excluded,
        Set<Refinement> without,
        int exchanges,
        boolean byTask) {

    /** Width at which the starts probe the loss. */
    public static final int PROBE_BITS = 4;

    public SearchSettings {
        if (memory < 0) {
            throw new IllegalArgumentException("A memory cannot hold " + memory + " pairs.");
        }
        if (exchanges < 0) {
            throw new IllegalArgumentException("A search cannot try " + exchanges + " exchanges.");
        }
        if (byTask && taskWeights.isPresent() && taskWeights.get().regression() == 0) {
            throw new IllegalArgumentException(
                    "A loss that regression does not enter cannot be predicted by task; leave that out or give"
                            + " regression a weight.");
        }
        pinned = List.copyOf(pinned);
        excluded = List.copyOf(excluded);
        without = without.isEmpty() ? Set.of() : Collections.unmodifiableSet(EnumSet.copyOf(without)); // in order
    }

    /** The settings behind the tables in {@code benchmarks/results}. */
    public static SearchSettings defaults() {
        BitWidths candidates = BitWidths.of(2, 3, 4, 5, 6, 8);
        return new SearchSettings(
                candidates,
                new CurvatureStart.JointSecant(PROBE_BITS),
                Sensitivity.CURVATURE_AND_HALF_GRADIENT,
                SelectionRule.LOWEST_SENSITIVITY_PER_SAVED_BIT,
                new StepSize.Adaptive(4, 8),
                10,
                Optional.empty(),
                List.of(),
                List.of(),
                Set.of(),
                0,
                false);
    }

    /** Pairs that a search must see again before it can go on: those it keeps, or all where it may leave some out. */
    int remembered() {
        return memory == 0 || has(Refinement.DAMPING) ? memory : Integer.MAX_VALUE;
    }

    /** Whether the search does this. */
    boolean has(Refinement part) {
        return !without.contains(part);
    }

    public SearchSettings withCandidates(BitWidths value) {
        return with(draft -> draft.candidates = value);
    }

    public SearchSettings withStart(CurvatureStart value) {
        return with(draft -> draft.start = value);
    }

    public SearchSettings withSensitivity(Sensitivity value) {
        return with(draft -> draft.sensitivity = value);
    }

    public SearchSettings withRule(SelectionRule value) {
        return with(draft -> draft.rule = value);
    }

    public SearchSettings withSteps(StepSize value) {
        return with(draft -> draft.steps = value);
    }

    /** Always so many layers a step. */
    public SearchSettings withLayersPerStep(int value) {
        return withSteps(new StepSize.Fixed(value));
    }

    public SearchSettings withMemory(int value) {
        return with(draft -> draft.memory = value);
    }

    public SearchSettings withTaskWeights(TaskWeights value) {
        return with(draft -> draft.taskWeights = Optional.of(value));
    }

    public SearchSettings withPinned(List<String> value) {
        return with(draft -> draft.pinned = value);
    }

    public SearchSettings withExcluded(List<String> value) {
        return with(draft -> draft.excluded = value);
    }

    public SearchSettings without(Set<Refinement> value) {
        return with(draft -> draft.without = value);
    }

    public SearchSettings withExchanges(int value) {
        return with(draft -> draft.exchanges = value);
    }

    public SearchSettings withByTask(boolean value) {
        return with(draft -> draft.byTask = value);
    }

    private SearchSettings with(Consumer<Draft> change) {
        Draft draft = new Draft(this);
        change.accept(draft);
        return draft.settings();
    }

    /** The same, to be changed. */
    private static final class Draft {
        private BitWidths candidates;
        private CurvatureStart start;
        private Sensitivity sensitivity;
        private SelectionRule rule;
        private StepSize steps;
        private int memory;
        private Optional<TaskWeights> taskWeights;
        private List<String> pinned;
        private List<String> excluded;
        private Set<Refinement> without;
        private int exchanges;
        private boolean byTask;

        private Draft(SearchSettings settings) {
            candidates = settings.candidates;
            start = settings.start;
            sensitivity = settings.sensitivity;
            rule = settings.rule;
            steps = settings.steps;
            memory = settings.memory;
            taskWeights = settings.taskWeights;
            pinned = settings.pinned;
            excluded = settings.excluded;
            without = settings.without;
            exchanges = settings.exchanges;
            byTask = settings.byTask;
        }

        private SearchSettings settings() {
            return new SearchSettings(
                    candidates,
                    start,
                    sensitivity,
                    rule,
                    steps,
                    memory,
                    taskWeights,
                    pinned,
                    excluded,
                    without,
                    exchanges,
                    byTask);
        }
    }
}
