package dev.dhmq.cli;

import dev.dhmq.Progress;
import dev.dhmq.model.CalibrationLoss;
import dev.dhmq.model.DetectionModel;
import dev.dhmq.model.Sample;
import dev.dhmq.search.Budget;
import dev.dhmq.search.MixedPrecisionSearch;
import dev.dhmq.search.Objective;
import dev.dhmq.search.Provenance;
import dev.dhmq.search.QuantizationPlan;
import dev.dhmq.search.SearchJournal;
import dev.dhmq.search.SearchListener;
import dev.dhmq.search.SearchSettings;
import dev.dhmq.search.SearchStep;
import dev.dhmq.tensor.Backend;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/** One search of the command line: the objective the options ask for, and progress on the way. */
final class SearchRun {
    private final DetectionModel model;
    private final Backend backend;
    private final List<Sample> samples;
    private final SearchOptions options;
    private final Provenance provenance;
    private final Progress progress;
    private final Map<String, Double> seconds = new HashMap<>();

    SearchRun(
            DetectionModel model,
            Backend backend,
            List<Sample> samples,
            SearchOptions options,
            Provenance provenance,
            Progress progress) {
        this.model = model;
        this.backend = backend;
        this.samples = samples;
        this.options = options;
        this.provenance = provenance;
        this.progress = progress;
    }

    /** A plan a budget, by a search that keeps no journal. */
    List<QuantizationPlan> plans(CalibrationLoss choice, List<Budget> budgets) {
        return plans(choice, budgets, SearchJournal.NONE);
    }

    /** A plan a budget. The model has its float weights again afterwards. */
    List<QuantizationPlan> plans(CalibrationLoss choice, List<Budget> budgets, SearchJournal journal) {
        SearchSettings settings = options.settings(provenance.seed());
        return choice.with(
                model, backend, samples, options.batch(), objective -> search(objective, settings, budgets, journal));
    }

    private List<QuantizationPlan> search(
            Objective objective, SearchSettings settings, List<Budget> budgets, SearchJournal journal) {
        search(objective, settings, SearchListener.NONE, journal).requireReachable(budgets);
        long start = System.nanoTime();
        try (ShareOfWork work = new ShareOfWork(progress, "Searching")) {
            SearchListener listener = new SearchListener() {
                @Override
                public void stepped(SearchStep step, double share) {
                    work.reach(share, note(step));
                }

                @Override
                public void planned(QuantizationPlan plan) {
                    seconds.put(plan.budget(), (System.nanoTime() - start) / 1e9);
                }
            };
            return search(objective, settings, listener, journal).run(budgets);
        }
    }

    private MixedPrecisionSearch search(
            Objective objective, SearchSettings settings, SearchListener listener, SearchJournal journal) {
        return new MixedPrecisionSearch(objective, settings, provenance, listener, journal);
    }

    /** Seconds from the start of the last search to where it made this plan. */
    double secondsTo(QuantizationPlan plan) {
        return seconds.getOrDefault(plan.budget(), 0.0);
    }

    private static String note(SearchStep step) {
        return String.format(
                Locale.ROOT,
                "step %d, %.2f times smaller, loss %+.2g (predicted %+.2g)",
                step.number(),
                step.compressionRatio(),
                step.measured(),
                step.predicted());
    }
}
