package dev.dhmq.search;

import java.util.List;
import java.util.Optional;

/**
 * What a search has done so far, kept where it outlives the process. A search that finds a journal of its own goes on where it
 * ends, and comes to the same plans, bit for bit; one for other budgets goes on from it too, since the way down does not depend
 * on budgets.
 *
 * <p>An implementation returns from a method that writes only when the entry is durable. One thread at a time.
 */
public interface SearchJournal {
    /** Remembers nothing. */
    SearchJournal NONE = new SearchJournal() {};

    /**
     * How a search began.
     *
     * @param weights of the two tasks
     * @param weighting how these came about
     * @param curvature of every layer, as estimated
     * @param classification the same of L_cls alone; empty unless {@link SearchSettings#byTask}
     * @param cost spent on it
     */
    record Start(
            TaskWeights weights,
            String weighting,
            List<CurvatureEstimate> curvature,
            List<CurvatureEstimate> classification,
            SearchCost.Count cost) {
        public Start {
            curvature = List.copyOf(curvature);
            classification = List.copyOf(classification);
        }
    }

    /**
     * One step.
     *
     * @param step the step
     * @param curvature t_l that it left in each layer it moved
     * @param classification the same of L_cls alone; empty unless {@link SearchSettings#byTask}
     * @param nextLayers layers that the next step may move
     */
    record Entry(SearchStep step, List<Double> curvature, List<Double> classification, int nextLayers) {
        public Entry {
            curvature = List.copyOf(curvature);
            classification = List.copyOf(classification);
        }
    }

    /** How the search began, if it did. */
    default Optional<Start> start() {
        return Optional.empty();
    }

    /** Its steps, in order. */
    default List<Entry> entries() {
        return List.of();
    }

    /** The steps that left the way down for this budget, in the words of {@link Budget#describe}: that which met it, and exchanges. */
    default List<Entry> branch(String budget) {
        return List.of();
    }

    /** Whether these are all of them. */
    default boolean ended(String budget) {
        return false;
    }

    /** Writes down how the search began. */
    default void began(Start start) {}

    /** Writes down a step that has been made. */
    default void stepped(Entry entry) {}

    /** Writes down a step of a budget's branch. */
    default void branched(String budget, Entry entry) {}

    /** Writes down that a budget's branch has no more steps. */
    default void end(String budget) {}
}
