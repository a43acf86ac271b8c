package dev.dhmq.eval.compare;

import dev.dhmq.search.Budget;
import dev.dhmq.search.baseline.Allocator;
import java.util.ArrayList;
import java.util.List;
import java.util.function.DoubleConsumer;

/**
 * A static method: prices first, then a choice by them.
 *
 * @param label the row's name
 * @param definition the prices and the choice in words
 * @param prices may be shared with other methods
 */
public record PricedMethod(String label, String definition, Prices prices, Allocator allocator) implements Method {
    @Override
    public List<Choice> choose(Situation situation, List<Budget> budgets, DoubleConsumer progress) {
        Prices.Priced priced = prices.of(situation);
        List<Choice> choices = new ArrayList<>();
        for (Budget budget : budgets) {
            long start = System.nanoTime();
            int[] bits = allocator.allocate(
                    situation.model().weights().layout(), situation.settings(), priced.table(), budget);
            double seconds = priced.seconds() + (System.nanoTime() - start) / 1e9;
            choices.add(new Choice(bits, priced.cost(), seconds));
            progress.accept((double) choices.size() / budgets.size());
        }
        return choices;
    }
}
