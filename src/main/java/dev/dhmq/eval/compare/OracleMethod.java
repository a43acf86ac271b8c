package dev.dhmq.eval.compare;

import dev.dhmq.quant.WeightQuantizer;
import dev.dhmq.search.Assignment;
import dev.dhmq.search.Budget;
import dev.dhmq.search.Objective;
import dev.dhmq.search.SearchCost;
import dev.dhmq.search.TaskBalance;
import dev.dhmq.search.TaskWeights;
import dev.dhmq.search.baseline.Oracle;
import java.util.ArrayList;
import java.util.List;
import java.util.function.DoubleConsumer;

/**
 * Trying everything out on the calibration loss that searches see. For small models: a beam of {@code k} takes about {@code k}
 * losses for every layer and every downgrade on the way, and as many again for the exchanges.
 */
public record OracleMethod(Oracle oracle) implements Method {
    @Override
    public String label() {
        return "oracle";
    }

    @Override
    public String definition() {
        return "beam of " + oracle.beam() + " and exchanges, all of up to " + oracle.few();
    }

    @Override
    public List<Choice> choose(Situation situation, List<Budget> budgets, DoubleConsumer progress) {
        return situation.with(situation.usualLoss(), objective -> choose(situation, objective, budgets, progress));
    }

    private List<Choice> choose(
            Situation situation, Objective objective, List<Budget> budgets, DoubleConsumer progress) {
        boolean[] movable =
                Assignment.start(objective.layout(), situation.settings()).movable();
        List<Choice> choices = new ArrayList<>();
        try (WeightQuantizer quantizer =
                Prices.quantizer(objective, situation.settings().candidates())) {
            for (Budget budget : budgets) {
                long start = System.nanoTime();
                SearchCost cost = new SearchCost();
                TaskWeights weights = TaskBalance.equalize(objective, quantizer, movable, cost)
                        .weights();
                int[] bits = oracle.allocate(objective, weights, quantizer, situation.settings(), budget, cost);
                double seconds = (System.nanoTime() - start) / 1e9;
                choices.add(new Choice(bits, cost.count(), seconds));
                progress.accept((double) choices.size() / budgets.size());
            }
        }
        return choices;
    }
}
