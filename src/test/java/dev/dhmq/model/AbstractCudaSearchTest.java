package dev.dhmq.model;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dev.dhmq.quant.BitWidths;
import dev.dhmq.search.Budget;
import dev.dhmq.search.MixedPrecisionSearch;
import dev.dhmq.search.Provenance;
import dev.dhmq.search.QuantizationPlan;
import dev.dhmq.search.SearchListener;
import dev.dhmq.search.SearchSettings;
import dev.dhmq.tensor.Backend;
import dev.dhmq.tensor.Backends;
import java.util.List;
import org.junit.jupiter.api.Test;

/**
 * A whole search with its vectors on the device beside the same on the CPU. LibTorch computes on the CPU in both, so that
 * weights and gradients go to and fro.
 */
abstract class AbstractCudaSearchTest {
    private static final List<Budget> BUDGETS = List.of(new Budget.MeanBits(5), new Budget.MeanBits(3.8));

    private static List<QuantizationPlan> search(Backends.Choice choice) {
        SearchSettings settings = SearchSettings.defaults().withCandidates(BitWidths.of(3, 5, 8));
        try (RetinaNet model = TinyDetector.create(1);
                Backend backend = Backends.select(choice);
                EffectObjective objective = new EffectObjective(model, backend, TinyDetector.samples(2, 1), 2)) {
            return new MixedPrecisionSearch(
                            objective, settings, new Provenance("none", 0, 2, "any"), SearchListener.NONE)
                    .run(BUDGETS);
        }
    }

    @Test
    void cudaGivesTheCpusPlans() {
        List<QuantizationPlan> onCpu = search(Backends.Choice.CPU);
        List<QuantizationPlan> onCuda = search(Backends.Choice.CUDA);
        for (int i = 0; i < BUDGETS.size(); i++) {
            QuantizationPlan cpu = onCpu.get(i);
            QuantizationPlan cuda = onCuda.get(i);
            assertThat(moves(cuda)).isEqualTo(moves(cpu));
            assertThat(bits(cuda)).isEqualTo(bits(cpu));
            assertThat(cuda.bytes()).isEqualTo(cpu.bytes());
            for (int step = 0; step < cpu.steps().size(); step++) {
                // Sums in another order: roundings of 1e-13 of doubles, and of 1e-7 where they go into float vectors.
                double wanted = cpu.steps().get(step).predicted();
                assertThat(cuda.steps().get(step).predicted()).isCloseTo(wanted, within(1e-5 * Math.abs(wanted)));
            }
        }
    }

    private static List<String> moves(QuantizationPlan plan) {
        return plan.steps().stream()
                .flatMap(step -> step.moves().stream()
                        .map(down -> step.number() + ": " + down.name() + " from " + down.from() + " to " + down.to()))
                .toList();
    }

    private static List<Integer> bits(QuantizationPlan plan) {
        return plan.layers().stream().map(QuantizationPlan.LayerPlan::bits).toList();
    }
}
