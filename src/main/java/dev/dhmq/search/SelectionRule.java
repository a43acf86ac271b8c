package dev.dhmq.search;

import java.util.Comparator;
import java.util.List;

/** Which of the possible downgrades comes next. */
public enum SelectionRule {
    /** The lowest S_l, in the paper's words. It starves small layers of bits once the ratio grows. */
    LOWEST_SENSITIVITY("lowest-sensitivity") {
        @Override
        double key(BitMove downgrade) {
            return downgrade.sensitivity();
        }
    },

    /** The lowest S_l over the bits it saves: the greedy rule of a knapsack. */
    LOWEST_SENSITIVITY_PER_SAVED_BIT("lowest-sensitivity-per-saved-bit") {
        @Override
        double key(BitMove downgrade) {
            return downgrade.sensitivity() / downgrade.savedBits();
        }
    };

    private final String label;

    SelectionRule(String label) {
        this.label = label;
    }

    abstract double key(BitMove downgrade);

    /** The downgrades, best first; equals keep the order of the layers. */
    public List<BitMove> rank(List<BitMove> downgrades) {
        return downgrades.stream()
                .sorted(Comparator.comparingDouble(this::key).thenComparingInt(BitMove::layer))
                .toList();
    }

    /** The name on the command line and in plans. */
    public String label() {
        return label;
    }
}
