package dev.dhmq.model;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dev.dhmq.model.network.LayerHooks;
import dev.dhmq.model.network.Tensors;
import dev.dhmq.quant.BitAssignment;
import dev.dhmq.tensor.Backend;
import dev.dhmq.tensor.Layer;
import dev.dhmq.tensor.ReferenceBackend;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.stream.IntStream;
import org.bytedeco.pytorch.Tensor;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class CorrectedQuantizationTest {
    private static final List<Sample> SAMPLES = TinyDetector.samples(3, 4);

    @ParameterizedTest
    @ValueSource(strings = {"retinanet", "fasterrcnn"})
    void everyLayersOutputHasItsMeanAndDeviationAgain(String detector) {
        try (TorchvisionDetector model = create(detector);
                Backend backend = new ReferenceBackend()) {
            OutputStatistics wanted = OutputStatistics.of(model, SAMPLES);
            Map<String, double[]> floatMeans = normMeans(model);
            BitAssignment three = BitAssignment.uniform(model.weights().layout(), 3);
            CorrectedQuantization.apply(model, backend, three, LearnedScales.NONE, wanted);

            Map<String, ChannelMoments> corrected = moments(model, wanted);
            Map<String, double[]> means = normMeans(model);
            int channels = 0;
            for (Layer layer : model.weights().layout().layers()) {
                ChannelMoments target = wanted.of(layer.name()).orElseThrow();
                ChannelMoments reached = Objects.requireNonNull(corrected.get(layer.name()));
                double size = 0;
                for (int c = 0; c < layer.channels(); c++) {
                    size = Math.max(size, Math.max(target.deviation(c), Math.abs(target.mean(c))));
                }
                double[] before = floatMeans.getOrDefault(layer.name(), new double[layer.channels()]);
                double[] after = means.getOrDefault(layer.name(), new double[layer.channels()]);
                for (int c = 0; c < layer.channels(); c++) {
                    // Float32 rounding of sums over a layer, and of what the layers before it were given. A norm takes
                    // its mean off.
                    assertThat(reached.mean(c) - after[c])
                            .as(layer.name())
                            .isCloseTo(target.mean(c) - before[c], within(1e-3 * size));
                    channels += Math.abs(reached.deviation(c) - target.deviation(c)) < 1e-3 * size ? 1 : 0;
                }
            }
            // Channels that 3 bits leave with less than half their deviation do not get all of it back.
            assertThat(channels)
                    .isGreaterThan((int) (0.95 * model.weights().layout().channels()));
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"retinanet", "fasterrcnn"})
    void weightsLieOnTheGridOfTheirScalesAndComeBackFromDisk(String detector, @TempDir Path folder) {
        try (TorchvisionDetector model = create(detector);
                Backend backend = new ReferenceBackend()) {
            BitAssignment mixed = BitAssignment.uniform(model.weights().layout(), 4);
            LearnedScales scales = CorrectedQuantization.apply(
                    model, backend, mixed, LearnedScales.NONE, OutputStatistics.of(model, SAMPLES));
            List<List<Detection>> expected = model.detect(SAMPLES);
            DetectorCheckpoint.save(folder, model, Map.of());
            scales.write(folder);
            try (DetectionModel loaded = DetectorCheckpoint.load(folder)) {
                LearnedScales stored =
                        LearnedScales.read(folder, loaded.weights().layout());
                FakeQuantization.apply(loaded, backend, mixed, stored); // refuses weights off the grid
                for (int l = 0; l < loaded.weights().tensors().size(); l++) {
                    assertThat(Tensors.floats(loaded.weights().tensors().get(l)))
                            .isEqualTo(Tensors.floats(model.weights().tensors().get(l)));
                }
                assertThat(loaded.detect(SAMPLES)).isEqualTo(expected);
            }
        }
    }

    @Test
    void layersInFloatAreCorrectedToo() {
        try (TorchvisionDetector model = create("retinanet");
                Backend backend = new ReferenceBackend()) {
            OutputStatistics wanted = OutputStatistics.of(model, SAMPLES);
            List<BitAssignment.Entry> entries = BitAssignment.uniform(
                            model.weights().layout(), 2)
                    .layers()
                    .stream()
                    .map(entry -> entry.name().startsWith("head")
                            ? new BitAssignment.Entry(entry.name(), entry.weights(), Backend.SKIP)
                            : entry)
                    .toList();
            CorrectedQuantization.apply(model, backend, new BitAssignment(entries), LearnedScales.NONE, wanted);
            ChannelMoments reached =
                    Objects.requireNonNull(moments(model, wanted).get("head.classification_head.cls_logits.weight"));
            ChannelMoments target =
                    wanted.of("head.classification_head.cls_logits.weight").orElseThrow();
            for (int c = 0; c < target.channels(); c++) {
                assertThat(reached.mean(c)).isCloseTo(target.mean(c), within(1e-4 * Math.abs(target.mean(c))));
            }
        }
    }

    /** What the norm after each layer that has one takes off. */
    private static Map<String, double[]> normMeans(DetectionModel model) {
        Map<String, double[]> means = new LinkedHashMap<>();
        for (Layer layer : model.weights().layout().layers()) {
            model.parameters().normAfter(layer.name()).ifPresent(norm -> {
                float[] values = Tensors.floats(
                        Objects.requireNonNull(model.parameters().state().get(norm + ".running_mean")));
                means.put(
                        layer.name(),
                        IntStream.range(0, values.length)
                                .mapToDouble(c -> values[c])
                                .toArray());
            });
        }
        return means;
    }

    private static Map<String, ChannelMoments> moments(DetectionModel model, OutputStatistics on) {
        Map<String, ChannelMoments> moments = new LinkedHashMap<>();
        on.run(model, new LayerHooks() {
            @Override
            public Tensor output(String layer, Tensor y) {
                moments.computeIfAbsent(layer, _ -> new ChannelMoments((int) y.size(1)))
                        .add(y);
                return y;
            }
        });
        return moments;
    }

    private static TorchvisionDetector create(String detector) {
        return detector.equals("retinanet") ? TinyDetector.create(2) : TinyDetector.createFasterRcnn(2);
    }
}
