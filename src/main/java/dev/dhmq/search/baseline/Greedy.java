package dev.dhmq.search.baseline;

import dev.dhmq.search.Assignment;
import dev.dhmq.search.BitMove;
import dev.dhmq.search.Budget;
import dev.dhmq.search.SearchSettings;
import dev.dhmq.search.SelectionRule;
import dev.dhmq.tensor.Backend;
import dev.dhmq.tensor.ParameterLayout;
import java.util.ArrayList;
import java.util.List;

/**
 * From the highest candidate down, always the layer whose cost rises least for a saved bit, until the budget is met. The last
 * step is chosen as the search chooses its own: no more than the budget needs.
 */
public record Greedy() implements Allocator {
    @Override
    public String label() {
        return "greedy";
    }

    @Override
    public int[] allocate(ParameterLayout layout, SearchSettings settings, CostTable costs, Budget budget) {
        Assignment assignment = Assignment.start(layout, settings, List.of(budget));
        assignment.requireReachable(budget);
        while (!assignment.meets(budget)) {
            List<BitMove> ranked = SelectionRule.LOWEST_SENSITIVITY_PER_SAVED_BIT.rank(downgrades(assignment, costs));
            assignment.apply(assignment.upTo(budget, ranked, 1));
        }
        return assignment.bits();
    }

    private static List<BitMove> downgrades(Assignment assignment, CostTable costs) {
        int[] bits = assignment.bits();
        int[] lower = assignment.lower();
        List<BitMove> downgrades = new ArrayList<>();
        for (int l = 0; l < lower.length; l++) {
            if (lower[l] != Backend.SKIP) {
                double rise = costs.cost(l, lower[l]) - costs.cost(l, bits[l]);
                downgrades.add(assignment.downgrade(l, 0, rise, rise));
            }
        }
        return downgrades;
    }
}
