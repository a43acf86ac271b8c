package dev.dhmq.search;

import dev.dhmq.InvalidInputException;
import dev.dhmq.quant.BitWidths;
import dev.dhmq.quant.QuantizedSize;
import dev.dhmq.tensor.Backend;
import dev.dhmq.tensor.Layer;
import dev.dhmq.tensor.ParameterLayout;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.regex.Pattern;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

/**
 * The bits each layer has at the moment, and where it may still go. {@link Backend#SKIP} is a layer left in float32. For
 * one thread.
 */
public final class Assignment {
    private final ParameterLayout layout;
    private final BitWidths candidates;
    private final boolean[] movable;
    private final int[] bits;
    private final long[] savedPerBit;
    private final long startBytes;

    private Assignment(
            ParameterLayout layout, BitWidths candidates, boolean[] movable, int[] bits, long[] savedPerBit) {
        this.layout = layout;
        this.savedPerBit = savedPerBit;
        this.candidates = candidates;
        this.movable = movable;
        this.bits = bits;
        this.startBytes = QuantizedSize.bytes(layout, bits);
    }

    /**
     * Every layer at the highest candidate, but for those the settings exclude.
     *
     * @throws InvalidInputException where a pattern of the settings fits no layer's name
     */
    public static Assignment start(ParameterLayout layout, SearchSettings settings) {
        boolean[] pinned = matches(layout, settings.pinned(), "pinned");
        boolean[] excluded = matches(layout, settings.excluded(), "excluded");
        boolean[] movable = new boolean[pinned.length];
        int[] bits = new int[pinned.length];
        for (int l = 0; l < bits.length; l++) {
            movable[l] = !pinned[l] && !excluded[l];
            bits[l] = excluded[l] ? Backend.SKIP : settings.candidates().highest();
        }
        return new Assignment(layout, settings.candidates(), movable, bits, sizes(layout));
    }

    /**
     * The same, where downgrades save what these budgets count: one way down serves all of them.
     *
     * @throws InvalidInputException as the other does, and where the budgets count different things
     */
    public static Assignment start(ParameterLayout layout, SearchSettings settings, List<Budget> budgets) {
        Assignment start = start(layout, settings);
        long[] saved = budgets.isEmpty() ? sizes(layout) : budgets.getFirst().savedPerBit(layout);
        for (Budget budget : budgets) {
            if (!Arrays.equals(saved, budget.savedPerBit(layout))) {
                throw new InvalidInputException(
                        "One search cannot serve " + budgets.getFirst().describe() + " and " + budget.describe()
                                + ", which count different things; search for each by itself.");
            }
        }
        return new Assignment(layout, start.candidates, start.movable, start.bits, saved);
    }

    private static long[] sizes(ParameterLayout layout) {
        return layout.layers().stream().mapToLong(Layer::size).toArray();
    }

    private static boolean[] matches(ParameterLayout layout, List<String> patterns, String what) {
        boolean[] matched = new boolean[layout.layers().size()];
        for (String pattern : patterns) {
            Pattern regex = Pattern.compile(Arrays.stream(pattern.split("\\*", -1))
                    .map(Pattern::quote)
                    .reduce((a, b) -> a + ".*" + b)
                    .orElse(""));
            boolean any = false;
            for (int l = 0; l < matched.length; l++) {
                if (regex.matcher(layout.layer(l).name()).matches()) {
                    matched[l] = true;
                    any = true;
                }
            }
            if (!any) {
                throw new InvalidInputException(
                        "No layer's name matches the " + what + " pattern " + pattern + "; the layers are "
                                + layout.layers().stream().map(Layer::name).toList() + ".");
            }
        }
        return matched;
    }

    /** The bits as they are now, in the order of the layout. */
    public int[] bits() {
        return bits.clone();
    }

    /** Whether each layer may leave the width it started at. */
    public boolean[] movable() {
        return movable.clone();
    }

    /** Whether the bits as they are now are within the budget. */
    public boolean meets(Budget budget) {
        return budget.metBy(layout, bits);
    }

    /** The next lower width of each layer that can go down, {@link Backend#SKIP} for the others. */
    public int[] lower() {
        int[] lower = new int[bits.length];
        for (int l = 0; l < bits.length; l++) {
            lower[l] = movable[l] ? candidates.below(bits[l]) : Backend.SKIP;
        }
        return lower;
    }

    /** The next higher width of each layer that could be given bits back, {@link Backend#SKIP} for the others. */
    int[] higher() {
        int[] higher = new int[bits.length];
        for (int l = 0; l < bits.length; l++) {
            higher[l] = movable[l] ? candidates.above(bits[l]) : Backend.SKIP;
        }
        return higher;
    }

    /** This layer's way to its next lower width, at this price. */
    public BitMove downgrade(int layer, double gradientTerm, double curvatureTerm, double sensitivity) {
        return move(layer, candidates.below(bits[layer]), gradientTerm, curvatureTerm, sensitivity, null);
    }

    /** This layer's way to any width, predicted for both tasks if that is known. */
    BitMove move(
            int layer,
            int to,
            double gradientTerm,
            double curvatureTerm,
            double sensitivity,
            @Nullable TaskLosses byTask) {
        Layer moved = layout.layer(layer);
        double saved = (double) savedPerBit[layer] * (bits[layer] - to);
        return new BitMove(
                layer, moved.name(), bits[layer], to, saved, gradientTerm, curvatureTerm, sensitivity, byTask);
    }

    /** The best downgrades, at most {@code limit}, or what {@link #last} makes of them where they meet the budget. */
    public List<BitMove> upTo(Budget budget, List<BitMove> ranked, int limit) {
        List<BitMove> best = ranked.subList(0, Math.min(limit, ranked.size()));
        return meetsAfter(best, budget) ? last(budget, best, ranked) : List.copyOf(best);
    }

    /**
     * The step that ends a search: of these downgrades, which meet the budget together, those that it really needs; or the one
     * downgrade of all that meets it alone, where that costs less. The last step is where a large layer, cheap for a bit,
     * would give away bits that a smaller one gets the budget without.
     *
     * @param next the best downgrades
     * @param ranked all that are possible
     */
    List<BitMove> last(Budget budget, List<BitMove> next, List<BitMove> ranked) {
        List<BitMove> needed = new ArrayList<>(next);
        for (BitMove downgrade : next.reversed()) {
            List<BitMove> without =
                    needed.stream().filter(d -> d.layer() != downgrade.layer()).toList();
            if (meetsAfter(without, budget)) {
                needed.remove(downgrade);
            }
        }
        return ranked.stream()
                .filter(alone -> meetsAfter(List.of(alone), budget))
                .min(Comparator.comparingDouble(BitMove::sensitivity))
                .filter(alone -> alone.sensitivity() < SearchStep.predicted(needed))
                .map(List::of)
                .orElse(List.copyOf(needed));
    }

    /** Whether the budget is met once these moves are made. */
    boolean meetsAfter(List<BitMove> moves, Budget budget) {
        int[] after = bits.clone();
        moves.forEach(move -> after[move.layer()] = move.to());
        return budget.metBy(layout, after);
    }

    /**
     * Makes these moves.
     *
     * @return the new bits of the layers that moved, {@link Backend#SKIP} for the others
     */
    public int[] apply(List<BitMove> moves) {
        int[] moved = new int[bits.length];
        for (BitMove move : moves) {
            bits[move.layer()] = move.to();
            moved[move.layer()] = move.to();
        }
        return moved;
    }

    /** Another one at the same bits. */
    Assignment copy() {
        return new Assignment(layout, candidates, movable, bits.clone(), savedPerBit);
    }

    /** Goes back to these bits. */
    void reset(int[] earlier) {
        System.arraycopy(earlier, 0, bits, 0, bits.length);
    }

    /**
     * Refuses a budget that no assignment of bits can meet.
     *
     * @throws InvalidInputException the message says what can be met
     */
    public void requireReachable(Budget budget) {
        int[] least = lowest();
        if (!budget.metBy(layout, least)) {
            throw new InvalidInputException("The search cannot reach " + budget.describe() + ": with every layer at "
                    + candidates.lowest() + " bits" + (allMovable() ? "" : ", pinned and excluded ones aside,")
                    + " it is " + budget.reached(layout, least) + "; ask for that or less, or allow fewer bits.");
        }
    }

    /** Size of the smallest assignment there is, scales included. */
    public long fewestBytes() {
        return QuantizedSize.bytes(layout, lowest());
    }

    private int[] lowest() {
        int[] least = bits.clone();
        for (int l = 0; l < least.length; l++) {
            least[l] = movable[l] ? candidates.lowest() : least[l];
        }
        return least;
    }

    private boolean allMovable() {
        for (boolean each : movable) {
            if (!each) {
                return false;
            }
        }
        return true;
    }

    /** Indices of these budgets in the order in which a search that only goes down meets them. */
    int[] loosestFirst(List<Budget> budgets) {
        return IntStream.range(0, budgets.size())
                .boxed()
                .sorted(Comparator.comparingLong(i -> -bytesToMeet(budgets.get(i))))
                .mapToInt(Integer::intValue)
                .toArray();
    }

    /** Bytes at which the budget is first met when all layers go down together: what budgets are ordered by. */
    private long bytesToMeet(Budget budget) {
        int[] uniform = bits.clone();
        for (int width : candidates.widths().reversed()) {
            for (int l = 0; l < uniform.length; l++) {
                if (movable[l]) {
                    uniform[l] = width;
                }
                if (budget.metBy(layout, uniform)) {
                    return QuantizedSize.bytes(layout, uniform);
                }
            }
        }
        return 0;
    }

    /** How much of the bytes between the start and the tightest budget is saved by now, 0 to 1. */
    double share(List<Budget> budgets) {
        long target = budgets.stream().mapToLong(this::bytesToMeet).min().orElse(startBytes);
        long now = QuantizedSize.bytes(layout, bits);
        return startBytes <= target ? 1 : Math.clamp((double) (startBytes - now) / (startBytes - target), 0, 1);
    }
}
