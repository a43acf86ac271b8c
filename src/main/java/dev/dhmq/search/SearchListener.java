package dev.dhmq.search;

/** Hears of a search's steps as they are made, on the search's thread. */
@FunctionalInterface
public interface SearchListener {
    /** Hears nothing. */
    SearchListener NONE = (step, share) -> {};

    /**
     * A step was made.
     *
     * @param share how much of the way from the starting size to the tightest budget is done, 0 to 1
     */
    void stepped(SearchStep step, double share);

    /** A budget was met, by a step of its own that is not one of the way down. */
    default void planned(QuantizationPlan plan) {}
}
