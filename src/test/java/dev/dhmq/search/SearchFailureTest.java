package dev.dhmq.search;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.dhmq.tensor.Backend;
import dev.dhmq.tensor.CountingBackend;
import dev.dhmq.tensor.ParameterLayout;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Proxy;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Whatever ends a search, the float weights are back and no memory is left behind. */
class SearchFailureTest {
    private static final long SEED = 303;
    private static final ParameterLayout LAYOUT = Problems.layout(6);
    private static final Budget BUDGET = new Budget.MeanBits(3);

    private final CountingBackend counting = new CountingBackend();
    private int allocationsLeft = Integer.MAX_VALUE;

    /** The counting backend, until its memory is used up. */
    private Backend exhaustible() {
        return (Backend) Proxy.newProxyInstance(
                Backend.class.getClassLoader(), new Class<?>[] {Backend.class}, (p, method, args) -> {
                    if (method.getName().equals("allocate") && allocationsLeft-- == 0) {
                        // What java.lang.foreign throws where the system has no memory left: an Error.
                        throw new OutOfMemoryError("no memory for a vector");
                    }
                    try {
                        return method.invoke(counting, args);
                    } catch (InvocationTargetException e) {
                        throw e.getCause();
                    }
                });
    }

    @ParameterizedTest
    @ValueSource(ints = {0, 1, 4, 6, 7, 8, 9, 10, 11, 12, 20})
    void memoryThatRunsOutAtAnyPlaceIsGivenBack(int allocations) {
        try (SoftplusObjective objective = new SoftplusObjective(exhaustible(), LAYOUT, SEED)) {
            float[] before = counting.read(objective.weights());
            int open = counting.open();
            allocationsLeft = allocations;
            assertThatThrownBy(() -> Problems.plan(objective, SearchSettings.defaults(), BUDGET))
                    .isInstanceOf(OutOfMemoryError.class);
            assertThat(counting.read(objective.weights())).containsExactly(before);
            assertThat(counting.open())
                    .as("open after %d allocations", allocations)
                    .isEqualTo(open);
        }
    }

    @Test
    void anErrorOfTheObjectivePutsTheWeightsBack() {
        try (SoftplusObjective softplus = new SoftplusObjective(counting, LAYOUT, SEED)) {
            float[] before = counting.read(softplus.weights());
            int open = counting.open();
            Objective failing = failingAfterTheFirstLoss(softplus);
            assertThatThrownBy(() -> Problems.plan(failing, SearchSettings.defaults(), BUDGET))
                    .isInstanceOf(OutOfMemoryError.class);
            assertThat(counting.read(softplus.weights())).containsExactly(before);
            assertThat(counting.open()).isEqualTo(open);
        }
    }

    /** The second loss is taken at the probe, when the weights are quantized ones. */
    private static Objective failingAfterTheFirstLoss(Objective objective) {
        int[] losses = {0};
        return (Objective) Proxy.newProxyInstance(
                Objective.class.getClassLoader(), new Class<?>[] {Objective.class}, (p, method, args) -> {
                    if (method.getName().equals("loss") && losses[0]++ == 1) {
                        throw new OutOfMemoryError("no memory for activations");
                    }
                    try {
                        return method.invoke(objective, args);
                    } catch (InvocationTargetException e) {
                        throw e.getCause();
                    }
                });
    }

    @Test
    void aListenerThatFailsEndsTheSearchAsCleanly() {
        try (SoftplusObjective objective = new SoftplusObjective(counting, LAYOUT, SEED)) {
            float[] before = counting.read(objective.weights());
            int open = counting.open();
            SearchListener failing = (step, share) -> {
                throw new IllegalStateException("no room on the terminal");
            };
            MixedPrecisionSearch search =
                    new MixedPrecisionSearch(objective, SearchSettings.defaults(), Problems.PROVENANCE, failing);
            assertThatThrownBy(() -> search.run(List.of(BUDGET)))
                    .isInstanceOf(IllegalStateException.class)
                    .hasMessage("no room on the terminal");
            assertThat(counting.read(objective.weights())).containsExactly(before);
            assertThat(counting.open()).isEqualTo(open);
        }
    }
}
