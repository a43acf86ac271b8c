package dev.dhmq.eval.compare;

import dev.dhmq.search.Assignment;
import dev.dhmq.search.Objective;
import dev.dhmq.search.QuantizationPlan;
import dev.dhmq.search.RankCorrelation;
import dev.dhmq.search.SearchSettings;
import dev.dhmq.search.SearchStep;
import dev.dhmq.search.TaskLosses;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.OptionalDouble;

/**
 * How well a search's predictions order what its steps do to images that it has not seen: every step is made once more, and the
 * loss taken on other images than the search had. Predictions that hold for the calibration images alone come out here.
 */
final class FreshRanks {
    private FreshRanks() {}

    /** One step: where it began and where it led, whether it stood or not. */
    private record Move(List<Integer> before, List<Integer> after) {}

    /**
     * Spearman's correlation for every plan; empty where {@link RankCorrelation#spearman} has none.
     *
     * @param fresh the loss that was searched by, on other images; its weights are the float ones, and are again afterwards
     * @param settings of the search
     */
    static List<OptionalDouble> of(Objective fresh, SearchSettings settings, List<QuantizationPlan> plans) {
        List<Integer> start = Arrays.stream(
                        Assignment.start(fresh.layout(), settings).bits())
                .boxed()
                .toList();
        List<List<Move>> ways =
                plans.stream().map(plan -> moves(start, plan.steps())).toList();
        Map<List<Integer>, TaskLosses> losses = losses(fresh, ways);
        List<OptionalDouble> ranks = new ArrayList<>();
        for (int i = 0; i < plans.size(); i++) {
            QuantizationPlan plan = plans.get(i);
            ranks.add(RankCorrelation.spearman(
                    plan.steps().stream().mapToDouble(SearchStep::predicted).toArray(),
                    ways.get(i).stream()
                            .map(move -> loss(losses, move.after()).minus(loss(losses, move.before())))
                            .mapToDouble(change -> change.weighted(plan.taskWeights()))
                            .toArray()));
        }
        return ranks;
    }

    private static List<Move> moves(List<Integer> start, List<SearchStep> steps) {
        List<Move> moves = new ArrayList<>();
        List<Integer> bits = start;
        for (SearchStep step : steps) {
            List<Integer> after = new ArrayList<>(bits);
            step.moves().forEach(move -> after.set(move.layer(), move.to()));
            moves.add(new Move(bits, List.copyOf(after)));
            bits = step.accepted() ? List.copyOf(after) : bits;
        }
        return moves;
    }

    /** Plans of one search have most of their way in common. */
    private static Map<List<Integer>, TaskLosses> losses(Objective fresh, List<List<Move>> ways) {
        List<List<Integer>> places = ways.stream()
                .flatMap(List::stream)
                .flatMap(move -> List.of(move.before(), move.after()).stream())
                .distinct()
                .toList();
        List<TaskLosses> found = CalibrationLosses.of(
                fresh,
                places.stream()
                        .map(place -> place.stream().mapToInt(Integer::intValue).toArray())
                        .toList());
        Map<List<Integer>, TaskLosses> losses = new HashMap<>();
        for (int i = 0; i < places.size(); i++) {
            losses.put(places.get(i), found.get(i));
        }
        return losses;
    }

    private static TaskLosses loss(Map<List<Integer>, TaskLosses> losses, List<Integer> place) {
        return Objects.requireNonNull(losses.get(place));
    }
}
