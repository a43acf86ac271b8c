package dev.dhmq.cli;

import java.util.Collection;
import java.util.Comparator;

/** What somebody who has mistyped a word most likely meant. */
final class Nearest {
    private Nearest() {}

    /**
     * The question whether the likeliest of these words was meant, in brackets and with a blank before it, for the end of a
     * complaint; empty where none is near. Less than a third of the letters may be wrong: further away, or in words of three, a
     * guess misleads.
     */
    static String question(String word, Collection<String> known) {
        return known.stream()
                .filter(candidate -> 3 * distance(word, candidate) < word.length())
                .min(Comparator.comparingInt((String candidate) -> distance(word, candidate))
                        .thenComparing(Comparator.naturalOrder()))
                .map(candidate -> " (did you mean " + candidate + "?)")
                .orElse("");
    }

    /** Letters to insert, to leave out, to replace, and neighbours to swap, on the way from one word to the other. */
    private static int distance(String from, String to) {
        int[][] steps = new int[from.length() + 1][to.length() + 1];
        for (int i = 0; i <= from.length(); i++) {
            for (int j = 0; j <= to.length(); j++) {
                steps[i][j] = i == 0 || j == 0 ? i + j : cheapest(steps, from, to, i, j);
            }
        }
        return steps[from.length()][to.length()];
    }

    private static int cheapest(int[][] steps, String from, String to, int i, int j) {
        int replaced = steps[i - 1][j - 1] + (from.charAt(i - 1) == to.charAt(j - 1) ? 0 : 1);
        int cheapest = Math.min(replaced, 1 + Math.min(steps[i - 1][j], steps[i][j - 1]));
        boolean swapped =
                i > 1 && j > 1 && from.charAt(i - 1) == to.charAt(j - 2) && from.charAt(i - 2) == to.charAt(j - 1);
        return swapped ? Math.min(cheapest, 1 + steps[i - 2][j - 2]) : cheapest;
    }
}
