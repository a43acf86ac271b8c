package dev.dhmq.eval.compare;

import dev.dhmq.data.CalibrationSet;
import dev.dhmq.data.SampleSource;
import dev.dhmq.model.CalibrationLoss;
import dev.dhmq.search.Assignment;
import dev.dhmq.search.Budget;
import dev.dhmq.search.MixedPrecisionSearch;
import dev.dhmq.search.QuantizationPlan;
import dev.dhmq.search.RankCorrelation;
import dev.dhmq.search.SearchListener;
import dev.dhmq.search.SearchSettings;
import dev.dhmq.search.SearchStep;
import dev.dhmq.tensor.ParameterLayout;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.OptionalDouble;
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
 * @param fresh images it does not search by, drawn likewise, on which its predictions are checked
 */
public record SearchMethod(
        String label,
        String definition,
        LongFunction<SearchSettings> settings,
        CalibrationLoss loss,
        Draw calibration,
        Draw fresh)
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
        SearchSettings own = settings.apply(situation.seed());
        Map<String, Double> seconds = new HashMap<>();
        Situation calibrated = calibration.into(situation);
        long start = System.nanoTime();
        List<QuantizationPlan> plans = calibrated.with(
                loss,
                objective -> new MixedPrecisionSearch(
                                objective, own, situation.provenance(), listener(start, seconds, progress))
                        .run(budgets));
        List<OptionalDouble> fresh =
                this.fresh.into(situation).with(loss, objective -> FreshRanks.of(objective, own, plans));
        List<Choice> choices = new ArrayList<>();
        for (int i = 0; i < plans.size(); i++) {
            QuantizationPlan plan = plans.get(i);
            choices.add(new Choice(
                    plan.assignment().over(situation.model().weights().layout()),
                    plan.cost(),
                    Objects.requireNonNull(seconds.get(plan.budget())),
                    new Ranks(
                            RankCorrelation.ofSteps(plan.steps()),
                            RankCorrelation.ofStaticSteps(plan.steps()),
                            fresh.get(i))));
        }
        return choices;
    }

    private static SearchListener listener(long start, Map<String, Double> seconds, DoubleConsumer progress) {
        return new SearchListener() {
            @Override
            public void stepped(SearchStep step, double share) {
                progress.accept(share);
            }

            @Override
            public void planned(QuantizationPlan plan) {
                seconds.put(plan.budget(), secondsSince(start));
            }
        };
    }

    private static double secondsSince(long start) {
        return (System.nanoTime() - start) / 1e9;
    }
}
