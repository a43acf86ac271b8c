package dev.dhmq.train;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.dhmq.InvalidInputException;
import dev.dhmq.Progress;
import dev.dhmq.data.CocoDataset;
import dev.dhmq.data.SampleSource;
import dev.dhmq.data.SyntheticScenes;
import dev.dhmq.eval.DetectorEvaluation;
import dev.dhmq.model.DetectorConfig;
import dev.dhmq.model.TinyDetector;
import dev.dhmq.model.TorchvisionDetector;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class TrainingRunTest {
    private static final int EPOCHS = 3;
    private static final SampleSource SCENES = new SyntheticScenes(3, 96, 64).samples(0, 6);

    @TempDir
    Path folder;

    /** Stands for a process that is killed: it stops in the middle of an epoch, and nothing after it runs. */
    private static final class Killed extends RuntimeException {
        private static final long serialVersionUID = 1;
    }

    /** Progress that kills the process at a step. */
    private record Kill(int atStep) implements Progress {
        @Override
        public Task start(String what, long total) {
            int[] step = {0};
            return _ -> {
                if (++step[0] == atStep) {
                    throw new Killed();
                }
            };
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {DetectorConfig.RETINANET, DetectorConfig.FASTER_RCNN})
    void aKilledTrainingEndsWithTheWeightsOfOneThatWasNot(String detector) throws IOException {
        Path straight = folder.resolve("straight");
        Path killed = folder.resolve("killed");
        train(detector, straight, Progress.NONE);

        // Three steps an epoch (two images each): in the second step of the first, second and last epoch.
        for (int step : List.of(2, 5, 5)) {
            assertThatThrownBy(() -> train(detector, killed, new Kill(step))).isInstanceOf(Killed.class);
        }
        TrainingRun.Result result = train(detector, killed, Progress.NONE);

        assertThat(result.resumedAfter()).isEqualTo(2);
        for (String file : List.of("model.safetensors", "last/model.safetensors")) {
            assertThat(killed.resolve(file)).hasSameBinaryContentAs(straight.resolve(file));
        }
        assertThat(Files.readAllLines(killed.resolve("curve.csv"))).hasSize(1 + EPOCHS);
        assertThat(killed.resolve("training.safetensors")).doesNotExist();
    }

    @Test
    void theStateOfAnotherTrainingIsRefused() {
        assertThatThrownBy(() -> train(DetectorConfig.RETINANET, folder, new Kill(5)))
                .isInstanceOf(Killed.class);

        assertThatThrownBy(() -> train(DetectorConfig.FASTER_RCNN, folder, Progress.NONE))
                .isInstanceOf(InvalidInputException.class)
                .hasMessageContaining("training.safetensors is the state of a training with other options");
    }

    @Test
    void aDamagedStateIsRefusedAndNothingIsLost() throws IOException {
        assertThatThrownBy(() -> train(DetectorConfig.RETINANET, folder, new Kill(5)))
                .isInstanceOf(Killed.class);
        Path state = folder.resolve("training.safetensors");
        byte[] whole = Files.readAllBytes(state);
        Files.write(state, Arrays.copyOf(whole, whole.length / 2));

        assertThatThrownBy(() -> train(DetectorConfig.RETINANET, folder, Progress.NONE))
                .isInstanceOf(InvalidInputException.class)
                .hasMessageContaining("training.safetensors");
        assertThat(folder.resolve("last/model.safetensors")).exists();
    }

    @Test
    void withoutValidationTheLastEpochIsKept() {
        TrainingRun.Result result = run(DetectorConfig.RETINANET, folder, Progress.NONE, null);

        assertThat(result.epoch()).isEqualTo(EPOCHS);
        assertThat(result.ap()).isNaN();
        assertThat(folder.resolve("last")).doesNotExist();
    }

    private static TrainingRun.Result train(String detector, Path folder, Progress progress) {
        CocoDataset truth = CocoDataset.of("scenes", SCENES);
        return run(detector, folder, progress, new TrainingRun.Validation(new DetectorEvaluation(truth, SCENES), 2));
    }

    private static TrainingRun.Result run(
            String detector, Path folder, Progress progress, TrainingRun.@Nullable Validation validation) {
        DetectorConfig config = TinyDetector.config(detector, SCENES.classes());
        TrainingSettings settings = new TrainingSettings(
                EPOCHS,
                2,
                new OptimizerSettings.AdamW(3e-3, 0.01),
                new Schedule.Cosine(2),
                TrainingSettings.LARGEST_GRADIENT_NORM,
                0.9,
                true,
                5);
        try (TorchvisionDetector model = TorchvisionDetector.create(config)) {
            model.initialize(1);
            return new TrainingRun(model, SCENES, settings, folder, validation).run(progress);
        }
    }
}
