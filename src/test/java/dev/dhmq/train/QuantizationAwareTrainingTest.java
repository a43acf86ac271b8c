package dev.dhmq.train;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.dhmq.Progress;
import dev.dhmq.data.SampleSource;
import dev.dhmq.data.SyntheticScenes;
import dev.dhmq.model.DetectionModel;
import dev.dhmq.model.DetectorConfig;
import dev.dhmq.model.LearnedScales;
import dev.dhmq.model.Sample;
import dev.dhmq.model.TinyDetector;
import dev.dhmq.model.TorchvisionDetector;
import dev.dhmq.model.network.Tensors;
import dev.dhmq.quant.BitAssignment;
import dev.dhmq.search.NonFiniteLossException;
import dev.dhmq.search.TaskWeights;
import dev.dhmq.tensor.Backend;
import dev.dhmq.tensor.Backends;
import dev.dhmq.tensor.Layer;
import dev.dhmq.tensor.ParameterLayout;
import dev.dhmq.train.QuantizationAwareSettings.Method;
import java.lang.foreign.ValueLayout;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.bytedeco.javacpp.PointerScope;
import org.bytedeco.pytorch.Tensor;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

class QuantizationAwareTrainingTest {
    private static final SampleSource SCENES = new SyntheticScenes(3, 96, 64).samples(0, 6);
    private static final int BITS = 3;

    private final Backend backend = Backends.select(Backends.Choice.CPU);

    @AfterEach
    void close() {
        backend.close();
    }

    static Stream<Arguments> kinds() {
        return Stream.of(DetectorConfig.RETINANET, DetectorConfig.FASTER_RCNN)
                .flatMap(detector -> Stream.of(Method.values()).map(method -> Arguments.of(detector, method)));
    }

    private static TorchvisionDetector model(String detector) {
        TorchvisionDetector model = TorchvisionDetector.create(TinyDetector.config(detector, SCENES.classes()));
        model.initialize(1);
        return model;
    }

    private QuantizationAwareTraining training(TorchvisionDetector model, Method method, double learningRate) {
        TrainingSettings settings = TrainingSettings.of(6, 3, new OptimizerSettings.AdamW(learningRate, 0.01), 5);
        BitAssignment bits = BitAssignment.uniform(model.weights().layout(), BITS);
        return new QuantizationAwareTraining(
                model,
                null,
                new QuantizationAwareTraining.Start(
                        backend, bits, LearnedScales.NONE, 0, new QuantizationAwareSettings(method, 0)),
                SCENES,
                settings);
    }

    private static void run(QuantizationAwareTraining training, int epochs) {
        try (Progress.Task task = Progress.NONE.start("", 1)) {
            for (int epoch = 1; epoch <= epochs; epoch++) {
                training.epoch(epoch, task);
            }
        }
    }

    private static double loss(DetectionModel model) {
        List<Sample> samples =
                IntStream.range(0, SCENES.size()).mapToObj(SCENES::sample).toList();
        try (PointerScope _ = new PointerScope()) {
            return model.losses(samples).values().weighted(TaskWeights.EQUAL);
        }
    }

    @ParameterizedTest
    @MethodSource("kinds")
    void theLossOfTheQuantizedWeightsFalls(String detector, Method method) {
        try (TorchvisionDetector model = model(detector);
                QuantizationAwareTraining training = training(model, method, 3e-3)) {
            double before = loss(model);
            run(training, 6);

            // 12 steps from starting weights: a few percent, far above what rounding does.
            assertThat(loss(model)).isLessThan(0.97 * before);
            requireOnGrid(model);
        }
    }

    /** No channel may hold more values than its integers can say. */
    private static void requireOnGrid(TorchvisionDetector model) {
        float[] weights = model.weights().weights().toArray(ValueLayout.JAVA_FLOAT);
        ParameterLayout layout = model.weights().layout();
        for (Layer layer : layout.layers()) {
            for (int c = 0; c < layer.channels(); c++) {
                Set<Float> values = new HashSet<>();
                for (int k = 0; k < layer.channelSize(); k++) {
                    values.add(weights[(int) layer.offset() + c * layer.channelSize() + k]);
                }
                assertThat(values).as(layer.name() + " " + c).hasSizeLessThanOrEqualTo(1 << BITS);
            }
        }
    }

    @Test
    void normsKeepTheirStatisticsAndTheirFactorsAreTrained() {
        try (TorchvisionDetector model = model(DetectorConfig.RETINANET)) {
            float[] mean = state(model, "backbone.body.bn1.running_mean");
            float[] variance = state(model, "backbone.body.bn1.running_var");
            float[] factor = state(model, "backbone.body.bn1.weight");
            try (QuantizationAwareTraining training = training(model, Method.LSQ, 3e-3)) {
                run(training, 1);
            }
            assertThat(state(model, "backbone.body.bn1.running_mean")).isEqualTo(mean);
            assertThat(state(model, "backbone.body.bn1.running_var")).isEqualTo(variance);
            assertThat(state(model, "backbone.body.bn1.weight")).isNotEqualTo(factor);
        }
    }

    private static float[] state(TorchvisionDetector model, String name) {
        Tensor tensor = Objects.requireNonNull(model.parameters().state().get(name));
        return Tensors.floats(tensor);
    }

    @Test
    void theSameSeedGivesTheSameWeightsBitForBit() {
        List<float[]> results = new ArrayList<>();
        for (int run = 0; run < 2; run++) {
            try (TorchvisionDetector model = model(DetectorConfig.FASTER_RCNN);
                    QuantizationAwareTraining training = training(model, Method.LSQ, 3e-3)) {
                run(training, 2);
                results.add(model.weights().weights().toArray(ValueLayout.JAVA_FLOAT));
            }
        }
        assertThat(results.get(1)).isEqualTo(results.get(0));
    }

    @Test
    void aChannelOfZerosStaysZeroAndSpoilsNothing() {
        try (TorchvisionDetector model = model(DetectorConfig.RETINANET)) {
            int channelSize = model.weights().layout().layer(0).channelSize();
            for (long i = 0; i < channelSize; i++) {
                model.weights().weights().setAtIndex(ValueLayout.JAVA_FLOAT, i, 0);
            }
            try (QuantizationAwareTraining training = training(model, Method.LSQ, 3e-3)) {
                run(training, 2);
            }
            float[] weights = model.weights().weights().toArray(ValueLayout.JAVA_FLOAT);
            for (int i = 0; i < weights.length; i++) {
                assertThat(weights[i]).isFinite();
                if (i < channelSize) {
                    assertThat(weights[i]).isZero();
                }
            }
        }
    }

    @Test
    void aLossThatIsNoNumberStopsTheTrainingWithTheImagesNamed() {
        try (TorchvisionDetector model = model(DetectorConfig.RETINANET)) {
            Tensor bias = Objects.requireNonNull(
                    model.parameters().parameters().get("head.classification_head.cls_logits.bias"));
            Tensors.memory(bias).setAtIndex(ValueLayout.JAVA_FLOAT, 0, Float.NaN);
            try (QuantizationAwareTraining training = training(model, Method.LSQ, 3e-3)) {
                assertThatThrownBy(() -> run(training, 1))
                        .isInstanceOf(NonFiniteLossException.class)
                        .hasMessageContaining("lower the learning rate");
            }
        }
    }

    @Test
    void distillationNeedsATeacherAndPullsTowardsIt() {
        try (TorchvisionDetector model = model(DetectorConfig.RETINANET);
                TorchvisionDetector teacher = model(DetectorConfig.RETINANET)) {
            BitAssignment bits = BitAssignment.uniform(model.weights().layout(), BITS);
            QuantizationAwareTraining.Start start = new QuantizationAwareTraining.Start(
                    backend, bits, LearnedScales.NONE, 0, new QuantizationAwareSettings(Method.LSQ, 1));
            TrainingSettings settings = TrainingSettings.of(1, 3, new OptimizerSettings.AdamW(1e-3, 0), 5);
            assertThatThrownBy(() -> new QuantizationAwareTraining(model, null, start, SCENES, settings))
                    .isInstanceOf(IllegalArgumentException.class);
            float[] before = teacher.weights().weights().toArray(ValueLayout.JAVA_FLOAT);
            try (QuantizationAwareTraining training =
                    new QuantizationAwareTraining(model, teacher, start, SCENES, settings)) {
                run(training, 1);
            }
            assertThat(teacher.weights().weights().toArray(ValueLayout.JAVA_FLOAT))
                    .isEqualTo(before);
            float[] undistilled;
            try (TorchvisionDetector other = model(DetectorConfig.RETINANET);
                    QuantizationAwareTraining training = new QuantizationAwareTraining(
                            other,
                            null,
                            new QuantizationAwareTraining.Start(
                                    backend, bits, LearnedScales.NONE, 0, new QuantizationAwareSettings(Method.LSQ, 0)),
                            SCENES,
                            settings)) {
                run(training, 1);
                undistilled = other.weights().weights().toArray(ValueLayout.JAVA_FLOAT);
            }
            assertThat(model.weights().weights().toArray(ValueLayout.JAVA_FLOAT))
                    .isNotEqualTo(undistilled);
        }
    }
}
