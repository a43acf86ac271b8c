package dev.dhmq.search.baseline;

import dev.dhmq.search.Assignment;
import dev.dhmq.search.Budget;
import dev.dhmq.search.SearchSettings;
import dev.dhmq.tensor.ParameterLayout;
import java.util.ArrayList;
import java.util.List;

/**
 * The least sum of costs that any assignment within the budget has, found exactly: a multiple-choice knapsack, solved by
 * dominance lists that a Lagrangian bound keeps short. Of several such assignments always the same one. Its time and memory
 * can grow without bound in theory; a detector of 70 layers and 6 widths takes well under a second.
 */
public record Knapsack() implements Allocator {
    @Override
    public String label() {
        return "knapsack";
    }

    @Override
    public int[] allocate(ParameterLayout layout, SearchSettings settings, CostTable costs, Budget budget) {
        int[] greedy = new Greedy().allocate(layout, settings, costs, budget);
        KnapsackItems items = KnapsackItems.of(layout, Assignment.start(layout, settings), costs, budget);
        LagrangianBound bound = new LagrangianBound(items);
        double most = cost(items, greedy);
        List<DominanceList> lists = new ArrayList<>();
        lists.add(DominanceList.empty());
        for (int l = 0; l < items.layers(); l++) {
            DominanceList before = lists.getLast();
            lists.add(before.with(l, items, bound, most));
            before.forgetSums();
        }
        return trace(items, lists);
    }

    private static double cost(KnapsackItems items, int[] bits) {
        double sum = 0;
        for (int l = 0; l < bits.length; l++) {
            for (int k = 0; k < items.bits()[l].length; k++) {
                sum += items.bits()[l][k] == bits[l] ? items.costs()[l][k] : 0;
            }
        }
        return sum;
    }

    private static int[] trace(KnapsackItems items, List<DominanceList> lists) {
        int[] bits = new int[items.layers()];
        int entry = lists.getLast().cheapest();
        for (int l = bits.length - 1; l >= 0; l--) {
            DominanceList list = lists.get(l + 1);
            bits[l] = items.bits()[l][list.choice(entry)];
            entry = list.parent(entry);
        }
        return bits;
    }
}
