package dev.dhmq.search.baseline;

import dev.dhmq.search.Budget;
import dev.dhmq.search.SearchSettings;
import dev.dhmq.tensor.ParameterLayout;

/** Chooses every layer's bits by a table of costs, within a budget. Deterministic. */
public sealed interface Allocator permits Greedy, Knapsack {

    /** The name in tables. */
    String label();

    /**
     * The bits of every layer.
     *
     * @param settings which candidates there are, and which layers are pinned or excluded
     * @param costs for these candidates
     * @throws dev.dhmq.InvalidInputException where no assignment meets the budget; the message says what can be met
     */
    int[] allocate(ParameterLayout layout, SearchSettings settings, CostTable costs, Budget budget);
}
