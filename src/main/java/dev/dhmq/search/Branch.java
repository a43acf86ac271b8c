package dev.dhmq.search;

import java.util.List;
import java.util.Optional;
import java.util.function.Consumer;

/**
 * Where the way down is left for one budget: only what that needs of the next step, and then exchanges of bits. Afterwards the
 * search stands where it stood and has learned nothing, so that budgets do not depend on each other. For one thread.
 */
final class Branch {
    private final SearchState state;
    private final Budget budget;
    private final SearchJournal journal;
    private final Provenance provenance;

    Branch(SearchState state, Budget budget, SearchJournal journal, Provenance provenance) {
        this.state = state;
        this.budget = budget;
        this.journal = journal;
        this.provenance = provenance;
    }

    /** Whether the journal has all of it, and it begins here. */
    boolean isRecorded() {
        List<SearchJournal.Entry> entries = journal.branch(budget.describe());
        return journal.ended(budget.describe())
                && entries.getFirst().step().number() == state.steps().size() + 1;
    }

    /** The plan, by the journal and without the network. */
    QuantizationPlan repeat() {
        try (SearchState.Mark fork = state.mark()) {
            journal.branch(budget.describe()).forEach(state::repeat);
            return planAndBack(fork);
        }
    }

    /**
     * The plan, by one gradient and one for every exchange that is tried.
     *
     * @param next the next step on the way down, which meets the budget
     * @param ranked all that could go down
     * @param heard told of every exchange
     */
    QuantizationPlan take(List<BitMove> next, List<BitMove> ranked, Consumer<SearchStep> heard) {
        try (SearchState.Mark fork = state.mark()) {
            if (!state.assignment().meets(budget)) {
                Exchanges exchanges = begin(fork, next, ranked);
                state.stopWhereInterrupted();
                for (Optional<SearchStep> tried = exchanges.next(); tried.isPresent(); tried = exchanges.next()) {
                    journal.branched(budget.describe(), state.entry(tried.get()));
                    heard.accept(tried.get());
                    state.stopWhereInterrupted();
                }
                journal.end(budget.describe());
            }
            return planAndBack(fork);
        }
    }

    /** Meets the budget; where an earlier run was stopped in its exchanges, makes those again that it had tried. */
    private Exchanges begin(SearchState.Mark fork, List<BitMove> next, List<BitMove> ranked) {
        Exchanges exchanges = new Exchanges(state, budget);
        List<SearchJournal.Entry> recorded = journal.branch(budget.describe());
        if (recorded.isEmpty()) {
            List<BitMove> last = state.assignment().last(budget, next, ranked);
            state.make(last, fork);
            journal.branched(budget.describe(), state.entry(state.recordLast(last, fork.losses())));
        } else {
            state.repeat(recorded.getFirst());
            recorded.subList(1, recorded.size()).forEach(exchanges::repeat);
        }
        return exchanges;
    }

    private QuantizationPlan planAndBack(SearchState.Mark fork) {
        QuantizationPlan plan = QuantizationPlan.of(budget, state, provenance);
        fork.moveBack();
        fork.forget();
        return plan;
    }
}
