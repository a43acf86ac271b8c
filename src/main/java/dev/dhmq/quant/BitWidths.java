package dev.dhmq.quant;

import java.util.List;
import java.util.TreeSet;
import java.util.stream.Stream;

/**
 * The bit widths a layer may have: any subset of 2 to 8.
 *
 * @param widths ascending, without repeats
 */
public record BitWidths(List<Integer> widths) {
    /** Narrowest width the quantizer knows. */
    public static final int NARROWEST = 2;

    /** Widest width the quantizer knows. */
    public static final int WIDEST = 8;

    /** What {@link #below} and {@link #above} answer when there is nothing there. */
    public static final int NONE = 0;

    public BitWidths {
        if (widths.isEmpty()) {
            throw new IllegalArgumentException("At least one bit width is needed.");
        }
        for (int width : widths) {
            if (width < NARROWEST || width > WIDEST) {
                throw new IllegalArgumentException(
                        "A bit width must be " + NARROWEST + " to " + WIDEST + ", but one is " + width + ".");
            }
        }
        widths = List.copyOf(new TreeSet<>(widths));
    }

    /** These widths, in any order. */
    public static BitWidths of(Integer... widths) {
        return new BitWidths(List.of(widths));
    }

    public int highest() {
        return widths.getLast();
    }

    public int lowest() {
        return widths.getFirst();
    }

    /** The next lower candidate, or {@link #NONE}. */
    public int below(int width) {
        return widths.stream().filter(w -> w < width).reduce(NONE, Math::max);
    }

    /** The next higher candidate, or {@link #NONE}. */
    public int above(int width) {
        return widths.stream().filter(w -> w > width).min(Integer::compare).orElse(NONE);
    }

    /** These and one more, which may be among them. */
    public BitWidths with(int width) {
        return new BitWidths(Stream.concat(widths.stream(), Stream.of(width)).toList());
    }
}
