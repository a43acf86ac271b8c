package dev.dhmq.eval.compare;

import dev.dhmq.search.Budget;
import dev.dhmq.tensor.ParameterLayout;
import java.util.List;
import java.util.function.DoubleConsumer;

/** One way to choose bits, as a row of a comparison. Implement it to measure a method of your own beside the others. */
public interface Method {

    /** The row's name; unique in a comparison. */
    String label();

    /** What the method does, options and all: an unfinished comparison goes on only where this is what it was. */
    String definition();

    /**
     * Refuses what cannot be, before any work is done.
     *
     * @throws dev.dhmq.InvalidInputException where a budget cannot be met or a setting does not fit the layers
     */
    default void check(ParameterLayout layout, List<Budget> budgets) {}

    /**
     * Chooses bits for every budget. The model has its float weights when it is called, and must when it returns.
     *
     * @param situation the model and what it is calibrated on
     * @param budgets all of the comparison's, in its order
     * @param progress told how much is done, 0 to 1
     * @return one choice a budget, in their order
     */
    List<Choice> choose(Situation situation, List<Budget> budgets, DoubleConsumer progress);
}
