package dev.dhmq.search;

import java.util.Comparator;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/**
 * What greed cannot do: where a budget is met, a layer is given bits back that one or two others pay for, if that is predicted
 * to lower the loss. Predictions are made at today's weights, so what layers do to each other by now counts.
 * Every exchange takes one gradient; it stands if the loss falls, and otherwise is not tried again before another one has stood.
 * Ends where no exchange promises anything, or after as many as the settings allow. For one thread.
 */
final class Exchanges {
    /** The expansion as it is: an exchange whose promise does not come true costs a gradient and is taken back. */
    private static final Sensitivity EXPANSION = Sensitivity.CURVATURE_AND_GRADIENT;

    private final SearchState state;
    private final Budget budget;
    private final Set<Set<BitWish>> refused = new HashSet<>();
    private int tried;

    /** One layer's part of an exchange, whatever it was predicted to do. */
    private record BitWish(int layer, int to) {}

    Exchanges(SearchState state, Budget budget) {
        this.state = state;
        this.budget = budget;
    }

    /** Makes an exchange again that an earlier run has tried, without the network. */
    void repeat(SearchJournal.Entry entry) {
        state.repeat(entry);
        remember(entry.step());
    }

    /** Tries the next exchange; empty where there is none, and then nothing has happened. */
    Optional<SearchStep> next() {
        if (tried == state.settings().exchanges()) {
            return Optional.empty();
        }
        state.arrive();
        return best().map(moves -> {
            try (SearchState.Mark before = state.mark()) {
                state.make(moves, before);
                SearchStep step = state.recordExchange(moves, before.losses());
                if (!step.accepted()) {
                    before.moveBack();
                }
                remember(step);
                return step;
            }
        });
    }

    private void remember(SearchStep step) {
        tried++;
        if (step.accepted()) {
            refused.clear();
        } else {
            refused.add(wishes(step.moves()));
        }
    }

    private static Set<BitWish> wishes(List<BitMove> moves) {
        Set<BitWish> wishes = new HashSet<>();
        moves.forEach(move -> wishes.add(new BitWish(move.layer(), move.to())));
        return wishes;
    }

    /** The exchange that is predicted to lower the loss most: one layer up, and none, one or two down for the budget's sake. */
    private Optional<List<BitMove>> best() {
        List<BitMove> down = Predictions.of(state, EXPANSION, state.assignment().lower()).stream()
                .sorted(Comparator.comparingDouble(BitMove::sensitivity).thenComparingInt(BitMove::layer))
                .toList();
        List<BitMove> best = List.of();
        for (BitMove up : Predictions.of(state, EXPANSION, state.assignment().higher())) {
            best = better(best, List.of(up));
            for (int i = 0; i < down.size(); i++) {
                List<BitMove> pair = List.of(up, down.get(i));
                if (pays(pair)) {
                    best = better(best, pair);
                } else {
                    for (int j = i + 1; j < down.size(); j++) {
                        best = better(best, List.of(up, down.get(i), down.get(j)));
                    }
                }
            }
        }
        return best.isEmpty() ? Optional.empty() : Optional.of(best);
    }

    private List<BitMove> better(List<BitMove> best, List<BitMove> moves) {
        return SearchStep.predicted(moves) < SearchStep.predicted(best)
                        && pays(moves)
                        && distinct(moves)
                        && !refused.contains(wishes(moves))
                ? moves
                : best;
    }

    private boolean pays(List<BitMove> moves) {
        return state.assignment().meetsAfter(moves, budget);
    }

    private static boolean distinct(List<BitMove> moves) {
        return moves.stream().map(BitMove::layer).distinct().count() == moves.size();
    }
}
