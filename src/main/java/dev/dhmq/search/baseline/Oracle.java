package dev.dhmq.search.baseline;

import dev.dhmq.quant.BitWidths;
import dev.dhmq.quant.QuantizedSize;
import dev.dhmq.quant.WeightQuantizer;
import dev.dhmq.search.Assignment;
import dev.dhmq.search.Budget;
import dev.dhmq.search.Objective;
import dev.dhmq.search.SearchCost;
import dev.dhmq.search.SearchSettings;
import dev.dhmq.search.TaskWeights;
import dev.dhmq.tensor.Backend;
import dev.dhmq.tensor.ParameterLayout;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Predicate;
import java.util.stream.Stream;

/**
 * The best assignment that trying finds, at a price only small models can pay: every step is tried out on the calibration loss
 * itself. Shows how far a method is from that. Where there are few assignments it tries all of them, and the result is
 * the best there is; otherwise it goes down one layer at a time, keeps the assignments whose loss rose least for a saved byte, and then
 * exchanges bits between layers as long as that helps. No layer can then be given bits that one other pays for, and the loss fall.
 *
 * @param beam assignments kept at every step, at least 1
 * @param few assignments up to which all are tried
 */
public record Oracle(int beam, long few) {
    public Oracle {
        if (beam < 1 || few < 0) {
            throw new IllegalArgumentException(
                    "An oracle keeps at least one assignment, but is to keep " + beam + " (all of up to " + few + ").");
        }
    }

    /**
     * The bits of every layer. The weights are the float ones when it is called and when it returns.
     *
     * @throws dev.dhmq.InvalidInputException where no assignment meets the budget; the message says what can be met
     */
    public int[] allocate(
            Objective objective,
            TaskWeights weights,
            WeightQuantizer quantizer,
            SearchSettings settings,
            Budget budget,
            SearchCost cost) {
        Assignment start = Assignment.start(objective.layout(), settings);
        start.requireReachable(budget);
        try (MeasuredLoss loss = new MeasuredLoss(objective, weights, quantizer, cost)) {
            Descent descent = new Descent(objective.layout(), settings, start.movable(), budget, loss);
            return assignments(settings, start) <= few
                    ? descent.all(start.bits())
                    : descent.exchanged(descent.beam(start.bits(), beam));
        }
    }

    private static double assignments(SearchSettings settings, Assignment start) {
        double product = 1;
        for (boolean movable : start.movable()) {
            product *= movable ? settings.candidates().widths().size() : 1;
        }
        return product;
    }

    /** One descent from the highest candidates to within the budget. */
    private record Descent(
            ParameterLayout layout, SearchSettings settings, boolean[] movable, Budget budget, MeasuredLoss loss) {

        /** The best of all assignments, found by counting through them. */
        int[] all(int[] start) {
            int[] bits = start.clone();
            int[] best = start;
            double least = Double.POSITIVE_INFINITY;
            do {
                if (budget.metBy(layout, bits)) {
                    double here = loss.of(bits);
                    if (here < least) {
                        least = here;
                        best = bits.clone();
                    }
                }
            } while (count(bits));
            return best;
        }

        /** The next assignment, as a number whose digits are the widths; false after the last. */
        private boolean count(int[] bits) {
            for (int l = 0; l < bits.length; l++) {
                if (movable[l]) {
                    int lower = settings.candidates().below(bits[l]);
                    bits[l] = lower == Backend.SKIP ? settings.candidates().highest() : lower;
                    if (lower != Backend.SKIP) {
                        return true;
                    }
                }
            }
            return false;
        }

        int[] beam(int[] start, int width) {
            List<int[]> kept = List.of(start);
            Optional<int[]> best = Optional.of(start).filter(bits -> budget.metBy(layout, bits));
            Comparator<int[]> byRise = Comparator.comparingDouble(bits -> risePerByte(start, bits));
            while (!kept.isEmpty()) {
                List<int[]> next = new ArrayList<>();
                for (int[] lower : lowerOnes(kept)) {
                    if (!budget.metBy(layout, lower)) {
                        next.add(lower);
                    } else if (best.isEmpty() || loss.of(lower) < loss.of(best.get())) {
                        best = Optional.of(lower);
                    }
                }
                kept = next.stream().sorted(byRise).limit(width).toList();
            }
            return best.orElseThrow();
        }

        /** The same with one layer after another raised, while any of that lowers the loss. */
        int[] exchanged(int[] bits) {
            int[] best = bits;
            int fruitless = 0;
            for (int l = 0; fruitless < bits.length; l = (l + 1) % bits.length) {
                Optional<int[]> raised = raised(best, l).filter(isBetterThan(best));
                best = raised.orElse(best);
                fruitless = raised.isPresent() ? 0 : fruitless + 1;
            }
            return best;
        }

        private Predicate<int[]> isBetterThan(int[] best) {
            return bits -> loss.of(bits) < loss.of(best);
        }

        /** The best there is with a layer at its next higher width and another lower, or more where that is too much. */
        private Optional<int[]> raised(int[] bits, int layer) {
            int higher = movable[layer] ? settings.candidates().above(bits[layer]) : BitWidths.NONE;
            if (higher == BitWidths.NONE) {
                return Optional.empty();
            }
            int[] raised = bits.clone();
            raised[layer] = higher;
            return paidFor(raised, layer);
        }

        /** What meets the budget of these bits, raised in one layer, and those with another lower; further down where none does. */
        private Optional<int[]> paidFor(int[] bits, int raised) {
            List<int[]> lower = lowerOnes(List.of(bits)).stream()
                    .filter(moved -> moved[raised] == bits[raised])
                    .toList();
            return Stream.concat(Stream.of(bits), lower.stream())
                    .filter(moved -> budget.metBy(layout, moved))
                    .min(Comparator.comparingDouble(loss::of))
                    .or(() -> lower.stream()
                            .min(Comparator.comparingDouble(moved -> risePerByte(bits, moved)))
                            .flatMap(moved -> paidFor(moved, raised)));
        }

        /** Everything one layer below these assignments, each once. */
        private List<int[]> lowerOnes(List<int[]> assignments) {
            Map<List<Integer>, int[]> found = new LinkedHashMap<>();
            for (int[] bits : assignments) {
                for (int l = 0; l < bits.length; l++) {
                    int lower = movable[l] ? settings.candidates().below(bits[l]) : Backend.SKIP;
                    if (lower != Backend.SKIP) {
                        int[] moved = bits.clone();
                        moved[l] = lower;
                        found.putIfAbsent(Arrays.stream(moved).boxed().toList(), moved);
                    }
                }
            }
            return List.copyOf(found.values());
        }

        private double risePerByte(int[] start, int[] bits) {
            double saved = (double) QuantizedSize.bytes(layout, start) - QuantizedSize.bytes(layout, bits);
            return (loss.of(bits) - loss.of(start)) / saved;
        }
    }
}
