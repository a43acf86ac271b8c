package dev.dhmq.search;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.dhmq.InvalidInputException;
import dev.dhmq.tensor.ParameterLayout;
import dev.dhmq.tensor.ReferenceBackend;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CancellationException;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/** A search that is stopped anywhere and goes on from its journal. */
class SearchJournalTest {
    private static final ParameterLayout LAYOUT = Problems.layout(8);
    private static final List<Budget> BUDGETS =
            List.of(new Budget.MeanBits(5), new Budget.MeanBits(3), new Budget.CompressionRatio(6));
    private static final SearchSettings DEFAULTS = SearchSettings.defaults();

    static Stream<SearchSettings> variants() {
        return Stream.of(
                DEFAULTS,
                DEFAULTS.withMemory(0),
                DEFAULTS.withMemory(2).withLayersPerStep(1),
                DEFAULTS.withMemory(3).withLayersPerStep(3).withStart(new CurvatureStart.Hutchinson(3, 1)),
                DEFAULTS.withMemory(2).without(Set.of(Refinement.values())),
                DEFAULTS.withMemory(2).withByTask(true),
                DEFAULTS.withMemory(3).withExchanges(4),
                DEFAULTS.withMemory(0).withExchanges(3).withByTask(true));
    }

    @ParameterizedTest
    @MethodSource("variants")
    void stoppedAfterAnyStepItEndsInTheSamePlans(SearchSettings settings) {
        List<QuantizationPlan> expected = run(settings, BUDGETS, new Kept(), Integer.MAX_VALUE);
        int steps = expected.get(1).steps().size();
        for (int stop = 1; stop < steps; stop++) {
            Kept journal = new Kept();
            int after = stop;
            assertThatThrownBy(() -> run(settings, BUDGETS, journal, after)).isInstanceOf(CancellationException.class);
            assertThat(Thread.interrupted()).isTrue();
            assertThat(run(settings, BUDGETS, journal, Integer.MAX_VALUE))
                    .as("stopped after %d", stop)
                    .isEqualTo(expected);
        }
    }

    @ParameterizedTest
    @MethodSource("variants")
    void aFinishedSearchGoesOnToATighterBudgetAndBackToALooserOne(SearchSettings settings) {
        Kept journal = new Kept();
        run(settings, List.of(new Budget.MeanBits(5)), journal, Integer.MAX_VALUE);
        for (Budget budget : List.of(new Budget.MeanBits(3), new Budget.MeanBits(6), new Budget.MeanBits(5))) {
            assertThat(run(settings, List.of(budget), journal, Integer.MAX_VALUE))
                    .isEqualTo(run(settings, List.of(budget), new Kept(), Integer.MAX_VALUE));
        }
    }

    @Test
    void whatIsFinishedIsNotSearchedAgain() {
        Kept journal = new Kept();
        SearchSettings settings = DEFAULTS.withMemory(0).withExchanges(3);
        List<QuantizationPlan> plans = run(settings, BUDGETS, journal, Integer.MAX_VALUE);
        try (ReferenceBackend backend = new ReferenceBackend();
                SoftplusObjective objective = new SoftplusObjective(backend, LAYOUT, 4)) {
            objective.failAfter(0); // a gradient would be an exception
            assertThat(search(objective, settings, journal, SearchListener.NONE).run(BUDGETS))
                    .isEqualTo(plans);
        }
    }

    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void flatPairsComeBackAsTheyWere(boolean damping) {
        ParameterLayout layout = Problems.layout(6);
        double[][] hessian = QuadraticObjective.hessian(layout, new double[] {3, -0.4, 1, -8, 0.2, 2}, 0.2, 1);
        SearchSettings settings =
                DEFAULTS.withMemory(2).withLayersPerStep(1).without(damping ? Set.of() : Set.of(Refinement.DAMPING));
        List<Budget> budget = List.of(new Budget.MeanBits(3));
        try (ReferenceBackend backend = new ReferenceBackend();
                QuadraticObjective saddle =
                        new QuadraticObjective(backend, layout, Problems.gaussian(layout, 1), hessian, 0.5)) {
            List<QuantizationPlan> expected =
                    search(saddle, settings, new Kept(), SearchListener.NONE).run(budget);
            assertThat(expected.getFirst().steps().stream().anyMatch(SearchStep::damped))
                    .isEqualTo(damping);
            for (int stop = 1; stop < expected.getFirst().steps().size(); stop++) {
                Kept journal = new Kept();
                int after = stop;
                assertThatThrownBy(() -> search(saddle, settings, journal, interruptingAfter(after))
                                .run(budget))
                        .isInstanceOf(CancellationException.class);
                assertThat(Thread.interrupted()).isTrue();
                assertThat(search(saddle, settings, journal, SearchListener.NONE)
                                .run(budget))
                        .isEqualTo(expected);
            }
        }
    }

    @Test
    void aJournalOfAnotherLossIsRefused() {
        Kept journal = new Kept();
        run(DEFAULTS, BUDGETS, journal, Integer.MAX_VALUE);
        journal.branches.clear();
        journal.ends.clear();
        try (ReferenceBackend backend = new ReferenceBackend();
                SoftplusObjective other = new SoftplusObjective(backend, LAYOUT, 5)) {
            assertThatThrownBy(() -> search(other, DEFAULTS, journal, SearchListener.NONE)
                            .run(BUDGETS))
                    .isInstanceOf(InvalidInputException.class)
                    .hasMessageContaining("does not come out as its journal says");
        }
    }

    private static List<QuantizationPlan> run(
            SearchSettings settings, List<Budget> budgets, SearchJournal journal, int stopAfter) {
        try (ReferenceBackend backend = new ReferenceBackend();
                SoftplusObjective objective = new SoftplusObjective(backend, LAYOUT, 4)) {
            return search(objective, settings, journal, interruptingAfter(stopAfter))
                    .run(budgets);
        }
    }

    private static SearchListener interruptingAfter(int steps) {
        return (step, share) -> {
            if (step.number() == steps) {
                Thread.currentThread().interrupt();
            }
        };
    }

    private static MixedPrecisionSearch search(
            Objective objective, SearchSettings settings, SearchJournal journal, SearchListener listener) {
        return new MixedPrecisionSearch(objective, settings, Problems.PROVENANCE, listener, journal);
    }

    /** A journal in memory. */
    private static final class Kept implements SearchJournal {
        private final List<Entry> entries = new ArrayList<>();
        private final Map<String, List<Entry>> branches = new HashMap<>();
        private final Set<String> ends = new HashSet<>();
        private Optional<Start> start = Optional.empty();

        @Override
        public Optional<Start> start() {
            return start;
        }

        @Override
        public List<Entry> entries() {
            return List.copyOf(entries);
        }

        @Override
        public List<Entry> branch(String budget) {
            return List.copyOf(branches.getOrDefault(budget, List.of()));
        }

        @Override
        public boolean ended(String budget) {
            return ends.contains(budget);
        }

        @Override
        public void began(Start began) {
            start = Optional.of(began);
        }

        @Override
        public void stepped(Entry entry) {
            entries.add(entry);
        }

        @Override
        public void branched(String budget, Entry entry) {
            branches.computeIfAbsent(budget, _ -> new ArrayList<>()).add(entry);
        }

        @Override
        public void end(String budget) {
            ends.add(budget);
        }
    }
}
