package dev.dhmq.eval.compare;

import dev.dhmq.model.CalibrationLoss;
import dev.dhmq.quant.BitWidths;
import dev.dhmq.quant.WeightQuantizer;
import dev.dhmq.search.Assignment;
import dev.dhmq.search.Objective;
import dev.dhmq.search.SearchCost;
import dev.dhmq.search.SearchSettings;
import dev.dhmq.search.TaskBalance;
import dev.dhmq.search.TaskWeights;
import dev.dhmq.search.baseline.CostModel;
import dev.dhmq.search.baseline.CostTable;
import java.util.Optional;
import java.util.function.LongFunction;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * A cost model's table for each seed, estimated once for all methods and budgets that choose by it. Every one of them is
 * charged the whole price. Not safe for use by several threads at once.
 */
public final class Prices {
    private final LongFunction<CostModel> model;
    private final Optional<CalibrationLoss> loss;
    private final Optional<TaskWeights> weights;
    private @Nullable Priced last;
    private long lastSeed;

    /** A table, and what it took. */
    record Priced(CostTable table, SearchCost.Count cost, double seconds) {}

    /**
     * Prices by this model.
     *
     * @param model for a seed
     * @param loss whose curvature counts; empty for the usual one
     * @param weights of the two tasks; empty to equalise them, as a search does
     */
    public Prices(LongFunction<CostModel> model, Optional<CalibrationLoss> loss, Optional<TaskWeights> weights) {
        this.model = model;
        this.loss = loss;
        this.weights = weights;
    }

    Priced of(Situation situation) {
        if (last == null || lastSeed != situation.seed()) {
            long start = System.nanoTime();
            SearchCost cost = new SearchCost();
            CostTable table = situation.with(
                    loss.orElseGet(situation::usualLoss), objective -> estimate(situation, objective, cost));
            last = new Priced(table, cost.count(), (System.nanoTime() - start) / 1e9);
            lastSeed = situation.seed();
        }
        return last;
    }

    private CostTable estimate(Situation situation, Objective objective, SearchCost cost) {
        SearchSettings settings = situation.settings();
        boolean[] movable = Assignment.start(objective.layout(), settings).movable();
        try (WeightQuantizer quantizer = quantizer(objective, settings.candidates())) {
            CostModel priced = model.apply(situation.seed());
            TaskWeights balance = weights.orElseGet(() ->
                    TaskBalance.equalize(objective, quantizer, movable, cost).weights());
            return priced.estimate(objective, balance, quantizer, settings.candidates(), movable, cost)
                    .costs();
        }
    }

    /** A quantizer of the candidates and of the width that probes are taken at. */
    static WeightQuantizer quantizer(Objective objective, BitWidths candidates) {
        BitWidths widths =
                new BitWidths(Stream.concat(candidates.widths().stream(), Stream.of(SearchSettings.PROBE_BITS))
                        .toList());
        return new WeightQuantizer(objective.backend(), objective.layout(), objective.weights(), widths);
    }
}
