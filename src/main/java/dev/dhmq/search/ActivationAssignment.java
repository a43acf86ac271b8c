package dev.dhmq.search;

import dev.dhmq.InvalidInputException;
import dev.dhmq.quant.BitWidths;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.function.ToDoubleFunction;
import java.util.stream.IntStream;

/** The bits each activation has at the moment, and which goes down next. */
final class ActivationAssignment {
    private final List<ActivationSensitivity> activations;
    private final boolean[] movable;
    private final int[] bits;
    private final BitWidths candidates;
    private final long floatElements;

    /**
     * All at the highest candidate.
     *
     * @param movable which may go down
     * @param floatElements elements of the activations that stay in float32
     */
    ActivationAssignment(
            List<ActivationSensitivity> activations, boolean[] movable, BitWidths candidates, long floatElements) {
        this.activations = activations;
        this.movable = movable;
        this.candidates = candidates;
        this.floatElements = floatElements;
        this.bits = new int[activations.size()];
        Arrays.fill(bits, candidates.highest());
    }

    int bits(int activation) {
        return bits[activation];
    }

    /** Bits an element: those in float32 count with 32. */
    double meanBits() {
        return meanBits(bits);
    }

    private double meanBits(int[] of) {
        double sum = (double) Float.SIZE * floatElements;
        long elements = floatElements;
        for (int a = 0; a < of.length; a++) {
            sum += (double) activations.get(a).elements() * of[a];
            elements += activations.get(a).elements();
        }
        return elements == 0 ? 0 : sum / elements;
    }

    void requireReachable(double mean) {
        int[] least = IntStream.range(0, bits.length)
                .map(a -> movable[a] ? candidates.lowest() : bits[a])
                .toArray();
        if (meanBits(least) > mean) {
            throw new InvalidInputException(String.format(
                    Locale.ROOT,
                    "The activations cannot have %s bits on average: with every one at %d bits, pinned and excluded layers'"
                            + " aside, it is %.4g; ask for that or more, or allow fewer bits.",
                    mean,
                    candidates.lowest(),
                    meanBits(least)));
        }
    }

    /** Lowers one activation after the other, the cheapest for each bit it saves first, until the mean is met. */
    void descendTo(double mean) {
        while (meanBits() > mean) {
            int next = cheapest(mean).orElseThrow(); // there is one: the mean can be reached
            bits[next] = candidates.below(bits[next]);
        }
    }

    /** The next to go down; where one step is enough, the one that costs least, however much it saves. */
    private Optional<Integer> cheapest(double mean) {
        List<Integer> able = IntStream.range(0, bits.length)
                .filter(a -> movable[a] && candidates.below(bits[a]) != BitWidths.NONE)
                .boxed()
                .toList();
        Optional<Integer> best = least(able, a -> cost(a) / saved(a));
        return best.filter(a -> !meetsWith(a, mean))
                .or(() -> least(able.stream().filter(a -> meetsWith(a, mean)).toList(), this::cost));
    }

    /** Of equals, the first in the order of the layout. */
    private static Optional<Integer> least(List<Integer> of, ToDoubleFunction<Integer> key) {
        return of.stream().min(Comparator.comparingDouble(key).thenComparingInt(a -> a));
    }

    private boolean meetsWith(int activation, double mean) {
        int[] after = bits.clone();
        after[activation] = candidates.below(bits[activation]);
        return meanBits(after) <= mean;
    }

    private double cost(int activation) {
        ActivationSensitivity sensitivity = activations.get(activation);
        return sensitivity.at(candidates.below(bits[activation])) - sensitivity.at(bits[activation]);
    }

    private double saved(int activation) {
        return (double) activations.get(activation).elements()
                * (bits[activation] - candidates.below(bits[activation]));
    }
}
