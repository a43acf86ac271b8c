package dev.dhmq.eval.compare;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dev.dhmq.search.Objective;
import dev.dhmq.search.Problems;
import dev.dhmq.search.QuantizationPlan;
import dev.dhmq.search.RankCorrelation;
import dev.dhmq.search.TaskLosses;
import dev.dhmq.search.TaskWeights;
import dev.dhmq.tensor.Backend;
import dev.dhmq.tensor.DeviceVector;
import dev.dhmq.tensor.ParameterLayout;
import java.util.List;
import org.junit.jupiter.api.Test;

class FreshRanksTest {
    private static final QuantizationPlan PLAN = Problems.samplePlan();

    @Test
    void onTheSearchsOwnImagesTheyAreItsOwn() {
        double own = RankCorrelation.ofSteps(PLAN.steps()).orElseThrow();
        double fresh = Problems.onSample(FreshRanksTest::rank);
        assertThat(fresh).isEqualTo(own).isNotZero();
    }

    @Test
    void whereALossTurnsRoundTheyDoToo() {
        double own = RankCorrelation.ofSteps(PLAN.steps()).orElseThrow();
        double fresh = Problems.onSample(objective -> rank(new Turned(objective)));
        assertThat(fresh).isCloseTo(-own, within(1e-12));
    }

    @Test
    void theWeightsAreTheFloatOnesAfterwards() {
        Problems.onSample(objective -> {
            float[] before = objective.backend().read(objective.weights());
            rank(objective);
            assertThat(objective.backend().read(objective.weights())).isEqualTo(before);
            return before;
        });
    }

    private static double rank(Objective fresh) {
        return FreshRanks.of(fresh, PLAN.settings(), List.of(PLAN)).getFirst().orElseThrow();
    }

    /** What raises the one lowers the other. */
    private record Turned(Objective objective) implements Objective {
        @Override
        public String name() {
            return "turned";
        }

        @Override
        public ParameterLayout layout() {
            return objective.layout();
        }

        @Override
        public Backend backend() {
            return objective.backend();
        }

        @Override
        public DeviceVector weights() {
            return objective.weights();
        }

        @Override
        public TaskLosses loss() {
            return objective.loss().times(-1);
        }

        @Override
        public TaskLosses lossAndGradient(TaskWeights weights, DeviceVector gradient) {
            throw new UnsupportedOperationException("only losses are asked for");
        }

        @Override
        public void hessianVectorProduct(TaskWeights weights, DeviceVector v, DeviceVector product) {
            throw new UnsupportedOperationException("only losses are asked for");
        }
    }
}
