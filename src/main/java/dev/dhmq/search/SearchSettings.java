package dev.dhmq.search;

import dev.dhmq.quant.BitWidths;
import java.util.Collections;
import java.util.EnumSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;

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
                Sensitivity.CURVATURE_AND_GRADIENT,
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
        return new SearchSettings(
                value,
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

    public SearchSettings withStart(CurvatureStart value) {
        return new SearchSettings(
                candidates,
                value,
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

    public SearchSettings withSensitivity(Sensitivity value) {
        return new SearchSettings(
                candidates,
                start,
                value,
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

    public SearchSettings withRule(SelectionRule value) {
        return new SearchSettings(
                candidates,
                start,
                sensitivity,
                value,
                steps,
                memory,
                taskWeights,
                pinned,
                excluded,
                without,
                exchanges,
                byTask);
    }

    public SearchSettings withSteps(StepSize value) {
        return new SearchSettings(
                candidates,
                start,
                sensitivity,
                rule,
                value,
                memory,
                taskWeights,
                pinned,
                excluded,
                without,
                exchanges,
                byTask);
    }

    /** Always so many layers a step. */
    public SearchSettings withLayersPerStep(int value) {
        return withSteps(new StepSize.Fixed(value));
    }

    public SearchSettings withMemory(int value) {
        return new SearchSettings(
                candidates,
                start,
                sensitivity,
                rule,
                steps,
                value,
                taskWeights,
                pinned,
                excluded,
                without,
                exchanges,
                byTask);
    }

    public SearchSettings withTaskWeights(TaskWeights value) {
        return new SearchSettings(
                candidates,
                start,
                sensitivity,
                rule,
                steps,
                memory,
                Optional.of(value),
                pinned,
                excluded,
                without,
                exchanges,
                byTask);
    }

    public SearchSettings withPinned(List<String> value) {
        return new SearchSettings(
                candidates,
                start,
                sensitivity,
                rule,
                steps,
                memory,
                taskWeights,
                value,
                excluded,
                without,
                exchanges,
                byTask);
    }

    public SearchSettings withExcluded(List<String> value) {
        return new SearchSettings(
                candidates,
                start,
                sensitivity,
                rule,
                steps,
                memory,
                taskWeights,
                pinned,
                value,
                without,
                exchanges,
                byTask);
    }

    public SearchSettings without(Set<Refinement> value) {
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
                value,
                exchanges,
                byTask);
    }

    public SearchSettings withExchanges(int value) {
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
                value,
                byTask);
    }

    public SearchSettings withByTask(boolean value) {
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
                value);
    }
}
