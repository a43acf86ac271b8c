package dev.dhmq.eval.compare;

import dev.dhmq.search.Budget;
import dev.dhmq.search.SearchCost;
import dev.dhmq.search.baseline.RandomDowngrades;
import dev.dhmq.search.baseline.UniformBits;
import dev.dhmq.tensor.ParameterLayout;
import java.util.List;
import java.util.function.DoubleConsumer;

/** Bits that need no look at the network. */
public enum BitsMethod implements Method {
    /** The uniform width a budget is named after; see {@link UniformBits#nominal}. */
    UNIFORM("uniform") {
        @Override
        int[] bits(Situation situation, ParameterLayout layout, Budget budget) {
            return UniformBits.nominal(layout, situation.settings(), budget);
        }
    },

    /** The widest uniform width within the budget. */
    UNIFORM_WITHIN("uniform-within") {
        @Override
        int[] bits(Situation situation, ParameterLayout layout, Budget budget) {
            return UniformBits.within(layout, situation.settings(), budget);
        }
    },

    /** Random downgrades, drawn by the seed. */
    RANDOM("random") {
        @Override
        int[] bits(Situation situation, ParameterLayout layout, Budget budget) {
            return RandomDowngrades.allocate(layout, situation.settings(), budget, situation.seed());
        }
    };

    private final String label;

    BitsMethod(String label) {
        this.label = label;
    }

    abstract int[] bits(Situation situation, ParameterLayout layout, Budget budget);

    @Override
    public String label() {
        return label;
    }

    @Override
    public String definition() {
        return label;
    }

    @Override
    public List<Choice> choose(Situation situation, List<Budget> budgets, DoubleConsumer progress) {
        ParameterLayout layout = situation.model().weights().layout();
        return budgets.stream()
                .map(budget -> {
                    long start = System.nanoTime();
                    int[] bits = bits(situation, layout, budget);
                    double seconds = (System.nanoTime() - start) / 1e9;
                    return new Choice(bits, new SearchCost().count(), seconds);
                })
                .toList();
    }
}
