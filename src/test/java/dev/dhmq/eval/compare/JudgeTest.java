package dev.dhmq.eval.compare;

import static org.assertj.core.api.Assertions.assertThat;

import dev.dhmq.Progress;
import dev.dhmq.data.CocoDataset;
import dev.dhmq.data.SampleSource;
import dev.dhmq.data.SyntheticScenes;
import dev.dhmq.eval.DetectorEvaluation;
import dev.dhmq.model.DetectionModel;
import dev.dhmq.model.Sample;
import dev.dhmq.model.TinyDetector;
import dev.dhmq.tensor.Backend;
import dev.dhmq.tensor.ReferenceBackend;
import java.lang.foreign.ValueLayout;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import org.junit.jupiter.api.Test;

class JudgeTest {
    private static final SampleSource SCENES = new SyntheticScenes(1, 96, 64).samples(0, 2);
    private static final List<Sample> CALIBRATION = TinyDetector.samples(2, 3);

    private static float[] weights(DetectionModel model) {
        return model.weights().weights().toArray(ValueLayout.JAVA_FLOAT);
    }

    /** Which weights are judged is seen when judging begins: the numbers of an untrained detector do not tell. */
    @Test
    void whatIsJudgedIsCompensatedBeforeItIsCorrected() {
        try (DetectionModel model = TinyDetector.create(2);
                Backend backend = new ReferenceBackend()) {
            Judge judge = new Judge(model, backend, new DetectorEvaluation(CocoDataset.of("scenes", SCENES), SCENES));
            List<float[]> judged = new ArrayList<>();
            Progress watch = (_, _) -> {
                judged.add(weights(model));
                return _ -> {};
            };
            List<Integer> bits =
                    Collections.nCopies(model.weights().layout().layers().size(), 3);
            float[] floats = weights(model);
            for (int steps : new int[] {0, 1}) {
                judge.corrected(bits, new Correction(steps, 2), CALIBRATION, watch);
                assertThat(weights(model)).isEqualTo(floats);
            }
            assertThat(judged).hasSize(2);
            assertThat(judged.get(0)).isNotEqualTo(floats);
            assertThat(judged.get(1)).isNotEqualTo(judged.get(0)).isNotEqualTo(floats);
        }
    }
}
