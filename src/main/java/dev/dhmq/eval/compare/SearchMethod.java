package dev.dhmq.eval.compare;

import dev.dhmq.data.CalibrationSet;
import dev.dhmq.data.SampleSource;
import dev.dhmq.model.CalibrationLoss;
import dev.dhmq.search.Assignment;
import dev.dhmq.search.Budget;
import dev.dhmq.search.MixedPrecisionSearch;
import dev.dhmq.search.Objective;
import dev.dhmq.search.QuantizationPlan;
import dev.dhmq.search.RankCorrelation;
import dev.dhmq.search.SearchListener;
import dev.dhmq.search.SearchSettings;
import dev.dhmq.search.SearchStep;
import dev.dhmq.tensor.ParameterLayout;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.DoubleConsumer;
import java.util.function.LongFunction;

/**
 * The search with settings of its own. One search serves all budgets; what a budget's plan took is counted from the search's
 * start.
 *
 * @param label the row's name
 * @param definition the settings in words
 * @param settings for a seed
 * @param loss whose curvature counts
 * @param calibration images of its own, drawn by the comparison's seed
 */
public record SearchMethod(
        String label, String definition, LongFunction<SearchSettings> settings, CalibrationLoss loss, Draw calibration)
        implements Method {

    /**
     * How calibration images are drawn.
     *
     * @param source to draw from
     * @param images how many
     * @param batch images in memory at a time
     */
    public record Draw(SampleSource source, int images, int batch) {
        Situation into(Situation situation) {
            return situation.on(CalibrationSet.draw(source, images, situation.seed()), batch);
        }
    }

    @Override
    public void check(ParameterLayout layout, List<Budget> budgets) {
        budgets.forEach(Assignment.start(layout, settings.apply(0))::requireReachable);
    }

    @Override
    public List<Choice> choose(Situation situation, List<Budget> budgets, DoubleConsumer progress) {
        Situation own = calibration.into(situation);
        long start = System.nanoTime();
        return own.with(loss, objective -> search(objective, own, budgets, start, progress));
    }

    private List<Choice> search(
            Objective objective, Situation situation, List<Budget> budgets, long start, DoubleConsumer progress) {
        Map<String, Double> seconds = new HashMap<>();
        SearchListener listener = new SearchListener() {
            @Override
            public void stepped(SearchStep step, double share) {
                progress.accept(share);
            }

            @Override
            public void planned(QuantizationPlan plan) {
                seconds.put(plan.budget(), secondsSince(start));
            }
        };
        List<QuantizationPlan> plans = new MixedPrecisionSearch(
                        objective, settings.apply(situation.seed()), situation.provenance(), listener)
                .run(budgets);
        double whole = secondsSince(start);
        return plans.stream()
                .map(plan -> new Choice(
                        plan.assignment().over(objective.layout()),
                        plan.cost(),
                        seconds.getOrDefault(plan.budget(), whole),
                        RankCorrelation.ofSteps(plan.steps())))
                .toList();
    }

    private static double secondsSince(long start) {
        return (System.nanoTime() - start) / 1e9;
    }
}
