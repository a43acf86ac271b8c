package dev.dhmq.search;

import dev.dhmq.InvalidInputException;
import java.util.List;

/**
 * The steps that an earlier run has left in the journal. Most are made again without the network: bits and curvatures are
 * recorded. Only those whose curvature pairs the memory still needs take their gradient again, since pairs are as large as the
 * network and are not recorded.
 */
final class Replay {
    private final List<SearchJournal.Entry> entries;
    private final int firstGradient;

    private Replay(List<SearchJournal.Entry> entries, int firstGradient) {
        this.entries = entries;
        this.firstGradient = firstGradient;
    }

    /**
     * Of this journal.
     *
     * @param memory pairs that the search remembers
     * @param wanted budgets that are asked for now
     * @param start bits at the start
     */
    static Replay of(SearchJournal journal, int memory, List<Budget> wanted, Assignment start) {
        List<SearchJournal.Entry> entries = journal.entries();
        int first = entries.size();
        for (Budget budget : wanted) {
            if (!journal.ended(budget.describe())) {
                first = Math.min(first, pairsFrom(entries, fork(entries, budget, start), memory));
            }
        }
        return new Replay(entries, first);
    }

    /** Steps before the one that meets the budget. */
    private static int fork(List<SearchJournal.Entry> entries, Budget budget, Assignment start) {
        Assignment assignment = start.copy();
        for (int i = 0; i < entries.size(); i++) {
            SearchStep step = entries.get(i).step();
            if (assignment.meetsAfter(step.moves(), budget)) {
                return i;
            }
            if (step.accepted()) {
                assignment.apply(step.moves());
            }
        }
        return entries.size();
    }

    /**
     * The first step whose gradient must be taken again for a memory as it was before step {@code at}: that of its oldest pair;
     * and where a pair was damped, by the matrix of the time, that of the oldest pair then.
     */
    private static int pairsFrom(List<SearchJournal.Entry> entries, int at, int memory) {
        int first = oldestPair(entries, at, memory);
        for (int i = at - 1; i >= first; i--) {
            if (entries.get(i).step().damped()) {
                first = Math.min(first, oldestPair(entries, i, memory));
            }
        }
        return first;
    }

    private static int oldestPair(List<SearchJournal.Entry> entries, int at, int memory) {
        int pairs = 0;
        int first = at;
        while (first > 0 && pairs < memory) {
            first--;
            // A step that moved no weight leaves no pair.
            if (entries.get(first).step().moves().stream().anyMatch(d -> d.curvatureTerm() > 0)) {
                pairs++;
            }
        }
        return first;
    }

    /** Whether this step, from 0, is in the journal. */
    boolean has(int step) {
        return step < entries.size();
    }

    /** Whether this step is made without a gradient. */
    boolean skips(int step) {
        return step < firstGradient;
    }

    SearchJournal.Entry entry(int step) {
        return entries.get(step);
    }

    /** Refuses a journal whose steps do not come out as they did. */
    void requireSame(SearchStep made) {
        SearchStep recorded = entries.get(made.number() - 1).step();
        if (!made.equals(recorded)) {
            throw new InvalidInputException(
                    "Step " + made.number() + " of the search does not come out as its journal says"
                            + " (the loss changed by " + made.measured() + ", not " + recorded.measured()
                            + "); it was made on another machine or version, so search again in another folder.");
        }
    }
}
