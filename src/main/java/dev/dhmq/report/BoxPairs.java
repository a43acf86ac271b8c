package dev.dhmq.report;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;

/**
 * Boxes of two lists that mean the same object: of one class, overlapping by half or more, the closest pairs first.
 *
 * @param inFirst whether each box of the first list has a partner
 * @param inSecond whether each box of the second list has one
 */
record BoxPairs(boolean[] inFirst, boolean[] inSecond) {
    private static final double LEAST_OVERLAP = 0.5;

    private record Pair(int first, int second, double iou) {}

    static BoxPairs of(List<Gallery.Box> first, List<Gallery.Box> second) {
        List<Pair> pairs = new ArrayList<>();
        for (int i = 0; i < first.size(); i++) {
            for (int j = 0; j < second.size(); j++) {
                double iou = first.get(i).iou(second.get(j));
                if (first.get(i).label() == second.get(j).label() && iou >= LEAST_OVERLAP) {
                    pairs.add(new Pair(i, j, iou));
                }
            }
        }
        pairs.sort(Comparator.comparingDouble(Pair::iou).reversed());
        BoxPairs found = new BoxPairs(new boolean[first.size()], new boolean[second.size()]);
        for (Pair pair : pairs) {
            if (!found.inFirst[pair.first] && !found.inSecond[pair.second]) {
                found.inFirst[pair.first] = true;
                found.inSecond[pair.second] = true;
            }
        }
        return found;
    }

    /** Number of pairs. */
    int count() {
        int count = 0;
        for (boolean paired : inFirst) {
            count += paired ? 1 : 0;
        }
        return count;
    }
}
