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
import dev.dhmq.model.LearnedScales;
import dev.dhmq.model.TinyDetector;
import dev.dhmq.model.TorchvisionDetector;
import dev.dhmq.quant.BitAssignment;
import dev.dhmq.tensor.Backend;
import dev.dhmq.tensor.Backends;
import dev.dhmq.train.QuantizationAwareSettings.Method;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Quantization-aware training that is killed and taken up again. */
class QuantizationAwareRunTest {
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
    @CsvSource({"retinanet, LSQ, 0.9, 0", "fasterrcnn, LSQ, 0, 0.5", "retinanet, STE, 0, 0"})
    void aKilledRunEndsWithTheFilesOfOneThatWasNot(String detector, Method method, double average, double distill) {
        Path straight = folder.resolve("straight");
        Path killed = folder.resolve("killed");
        run(detector, method, average, distill, straight, Progress.NONE);

        // Three steps an epoch (two images each): in the second step of the first and of the second epoch.
        for (int step : List.of(2, 5)) {
            assertThatThrownBy(() -> run(detector, method, average, distill, killed, new Kill(step)))
                    .isInstanceOf(Killed.class);
        }
        TrainingRun.Result result = run(detector, method, average, distill, killed, Progress.NONE);

        assertThat(result.resumedAfter()).isEqualTo(1);
        for (String file : List.of(
                "model.safetensors", "scales.safetensors", "last/model.safetensors", "last/scales.safetensors")) {
            assertThat(killed.resolve(file)).hasSameBinaryContentAs(straight.resolve(file));
        }
    }

    @Test
    void theStateOfAnotherMethodIsRefused() {
        assertThatThrownBy(() -> run(DetectorConfig.RETINANET, Method.LSQ, 0, 0, folder, new Kill(5)))
                .isInstanceOf(Killed.class);

        assertThatThrownBy(() -> run(DetectorConfig.RETINANET, Method.STE, 0, 0, folder, Progress.NONE))
                .isInstanceOf(InvalidInputException.class)
                .hasMessageContaining("is the state of a training with other options");
    }

    private static TrainingRun.Result run(
            String detector, Method method, double average, double distillation, Path folder, Progress progress) {
        DetectorConfig config = TinyDetector.config(detector, SCENES.classes());
        TrainingSettings settings = new TrainingSettings(
                2,
                2,
                new OptimizerSettings.AdamW(3e-3, 0.01),
                new Schedule.Cosine(2),
                TrainingSettings.LARGEST_GRADIENT_NORM,
                average,
                true,
                5);
        CocoDataset truth = CocoDataset.of("scenes", SCENES);
        try (Backend backend = Backends.select(Backends.Choice.CPU);
                TorchvisionDetector model = TorchvisionDetector.create(config);
                TorchvisionDetector teacher = TorchvisionDetector.create(config)) {
            model.initialize(1);
            teacher.initialize(1);
            BitAssignment bits = BitAssignment.uniform(model.weights().layout(), 3);
            return TrainingRun.quantizationAware(
                            model,
                            distillation > 0 ? teacher : null,
                            new QuantizationAwareTraining.Start(
                                    backend,
                                    bits,
                                    LearnedScales.NONE,
                                    0,
                                    new QuantizationAwareSettings(method, distillation)),
                            SCENES,
                            settings,
                            folder,
                            new TrainingRun.Validation(new DetectorEvaluation(truth, SCENES), 2))
                    .run(progress);
        }
    }
}
