package dev.dhmq.quant;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.dhmq.InvalidInputException;
import dev.dhmq.tensor.Backend;
import dev.dhmq.tensor.ParameterLayout;
import java.util.List;
import org.junit.jupiter.api.Test;

class BitAssignmentTest {
    private static final ParameterLayout LAYOUT =
            ParameterLayout.of(List.of(new ParameterLayout.Shape("a", 3, 7), new ParameterLayout.Shape("b", 2, 10)));

    @Test
    void bitsComeInTheLayoutsOrder() {
        BitAssignment assignment = new BitAssignment(
                List.of(new BitAssignment.Entry("b", 20, 5), new BitAssignment.Entry("a", 21, Backend.SKIP)));
        assertThat(assignment.over(LAYOUT)).containsExactly(Backend.SKIP, 5);
        assertThat(assignment.widths(LAYOUT).widths()).containsExactly(5);
    }

    @Test
    void uniformGivesEveryLayerTheSameBits() {
        assertThat(BitAssignment.uniform(LAYOUT, 3).over(LAYOUT)).containsExactly(3, 3);
    }

    @Test
    void everyMisfitIsNamed() {
        BitAssignment foreign =
                new BitAssignment(List.of(new BitAssignment.Entry("b", 19, 5), new BitAssignment.Entry("c", 21, 4)));
        assertThatThrownBy(() -> foreign.over(LAYOUT))
                .isInstanceOf(InvalidInputException.class)
                .hasMessageContaining("a is not in the plan")
                .hasMessageContaining("b has 20 weights, but 19 in the plan")
                .hasMessageContaining("c is none of the model's layers");
    }
}
