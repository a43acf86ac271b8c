package dev.dhmq.search;

import static org.assertj.core.api.Assertions.assertThat;

import dev.dhmq.tensor.ParameterLayout;
import java.util.List;
import org.junit.jupiter.api.Test;

/** What the last step of a search moves. */
class AssignmentTest {
    /** Two small layers and one sixteen times as large. */
    private static final ParameterLayout LAYOUT = ParameterLayout.of(List.of(
            new ParameterLayout.Shape("small", 1, 100),
            new ParameterLayout.Shape("other", 1, 100),
            new ParameterLayout.Shape("large", 1, 1600)));

    private final Assignment assignment = Assignment.start(LAYOUT, SearchSettings.defaults());

    @Test
    void farFromTheBudgetTheBestGoTogether() {
        List<BitMove> ranked = List.of(downgrade(2, 1), downgrade(0, 2), downgrade(1, 3));
        assertThat(assignment.upTo(new Budget.MeanBits(3), ranked, 2)).containsExactlyElementsOf(ranked.subList(0, 2));
        assertThat(assignment.upTo(new Budget.MeanBits(3), ranked, 9)).isEqualTo(ranked);
    }

    @Test
    void whatTheBudgetDoesNotNeedStays() {
        // 8 to 6 bits in the large layer alone is a mean of 6.22.
        List<BitMove> ranked = List.of(downgrade(0, -1), downgrade(2, 1), downgrade(1, 3));
        assertThat(assignment.upTo(new Budget.MeanBits(6.5), ranked, 3)).containsExactly(downgrade(2, 1));
        assertThat(assignment.upTo(new Budget.MeanBits(6.2), ranked, 3))
                .containsExactly(downgrade(0, -1), downgrade(2, 1));
    }

    @Test
    void aCheaperDowngradeThatMeetsTheBudgetAloneEndsTheSearch() {
        // Per saved bit the large layer comes first, but a small one saves the 200 bits that are missing.
        List<BitMove> ranked = List.of(downgrade(2, 8), downgrade(0, 2), downgrade(1, 3));
        assertThat(assignment.upTo(new Budget.MeanBits(7.9), ranked, 1)).containsExactly(downgrade(0, 2));
        assertThat(assignment.upTo(new Budget.MeanBits(7.9), ranked, 3)).containsExactly(downgrade(0, 2));
        // Three hundred missing bits take both small ones or the large one.
        List<BitMove> smallFirst = List.of(downgrade(0, 2), downgrade(1, 3), downgrade(2, 4));
        assertThat(assignment.upTo(new Budget.MeanBits(7.85), smallFirst, 3)).containsExactly(downgrade(2, 4));
        assertThat(assignment.upTo(
                        new Budget.MeanBits(7.85), List.of(downgrade(0, 2), downgrade(1, 3), downgrade(2, 6)), 3))
                .containsExactly(downgrade(0, 2), downgrade(1, 3));
    }

    private static BitMove downgrade(int layer, double sensitivity) {
        return new BitMove(
                layer,
                LAYOUT.layer(layer).name(),
                8,
                6,
                2.0 * LAYOUT.layer(layer).size(),
                0,
                sensitivity,
                sensitivity,
                null);
    }
}
