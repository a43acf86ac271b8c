package dev.dhmq.model;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.dhmq.InvalidInputException;
import dev.dhmq.model.checkpoint.DType;
import dev.dhmq.model.checkpoint.LegacyNames;
import dev.dhmq.model.checkpoint.ModelDirectory;
import dev.dhmq.model.checkpoint.PthWriter;
import dev.dhmq.model.checkpoint.SafetensorsWriter;
import dev.dhmq.model.checkpoint.TensorEntry;
import dev.dhmq.model.checkpoint.TensorSource;
import dev.dhmq.quant.BitAssignment;
import dev.dhmq.tensor.ReferenceBackend;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class DetectorCheckpointTest {
    @TempDir
    Path folder;

    @ParameterizedTest
    @ValueSource(strings = {DetectorConfig.RETINANET, DetectorConfig.FASTER_RCNN})
    void aLoadedDetectorDetectsWhatTheSavedOneDid(String detector) {
        List<Sample> samples = TinyDetector.samples(2, 3);
        try (TorchvisionDetector model =
                TorchvisionDetector.create(TinyDetector.config(detector, TinyDetector.CLASSES))) {
            model.initialize(4);
            DetectorCheckpoint.save(folder, model, Map.of("epochs", "0"));
            try (DetectionModel loaded = DetectorCheckpoint.load(folder)) {
                assertThat(loaded.config()).isEqualTo(model.config());
                assertThat(loaded.detect(samples)).isEqualTo(model.detect(samples));
                assertThat(loaded.losses(samples).values())
                        .isEqualTo(model.losses(samples).values());
            }
        }
    }

    @Test
    void aStateDictOfPyTorchsLoadsInPlaceOfSafetensors() throws IOException {
        List<Sample> samples = TinyDetector.samples(2, 3);
        ModelDirectory directory = new ModelDirectory(folder);
        try (RetinaNet model = TinyDetector.create(4)) {
            DetectorCheckpoint.save(folder, model, Map.of());
            PthWriter writer = new PthWriter().orderedDict();
            try (TensorSource file = directory.openWeights()) {
                for (String name : file.names()) {
                    TensorEntry entry = file.tensor(name);
                    writer.floats(name, name, entry.shape(), entry.toFloats());
                }
            }
            Files.delete(directory.safetensors());
            writer.write(folder.resolve("model.pth"));
            try (DetectionModel loaded = DetectorCheckpoint.load(folder)) {
                assertThat(loaded.detect(samples)).isEqualTo(model.detect(samples));
            }
            // What is written is safetensors, which then goes first.
            DetectorCheckpoint.save(folder, model, Map.of());
            assertThat(directory.weights()).isEqualTo(directory.safetensors()).exists();
        }
    }

    @Test
    void parameterNamesAreTorchvisions() {
        try (RetinaNet model = TinyDetector.create(1)) {
            assertThat(model.parameters().state().keySet())
                    .contains(
                            "backbone.body.layer2.0.downsample.1.running_var",
                            "backbone.fpn.inner_blocks.2.0.bias",
                            "backbone.fpn.extra_blocks.p7.weight",
                            "head.classification_head.cls_logits.bias",
                            "head.regression_head.conv.3.0.weight");
        }
    }

    @Test
    void resnet50HasTorchvisionsNumberOfParameters() {
        List<DetectorConfig.Category> classes = IntStream.range(0, 91)
                .mapToObj(id -> new DetectorConfig.Category(id, "class-" + id))
                .toList();
        try (RetinaNet model = new RetinaNet(network("resnet50", 64, 256, classes))) {
            long count = model.parameters().parameters().entrySet().stream()
                    .filter(entry -> !entry.getKey().matches(".*(bn[123]|downsample\\.1)\\.(weight|bias)"))
                    .mapToLong(entry -> entry.getValue().numel())
                    .sum();
            // What torchvision states of retinanet_resnet50_fpn, whose frozen batch norms have no parameters.
            assertThat(count).isEqualTo(34_014_999);
            assertThat(model.weights().layout().layers()).hasSize(53 + 8 + 10);
        }
    }

    @ParameterizedTest
    @CsvSource({"resnet34, 54", "resnet50, 71"})
    void deeperBackbonesRunAndCanBeQuantized(String backbone, int layers) {
        List<Sample> samples = TinyDetector.samples(1, 3);
        try (RetinaNet model = new RetinaNet(network(backbone, 8, 8, TinyDetector.CLASSES));
                ReferenceBackend backend = new ReferenceBackend()) {
            model.initialize(1);
            assertThat(model.weights().layout().layers()).hasSize(layers);
            assertThat(model.trainingLosses(samples, 1).values().classification())
                    .isPositive();
            FakeQuantization.apply(
                    model, backend, BitAssignment.uniform(model.weights().layout(), 3));
            assertThat(model.losses(samples).values().regression()).isFinite();
        }
    }

    private static DetectorConfig network(
            String backbone, int baseWidth, int fpnChannels, List<DetectorConfig.Category> classes) {
        DetectorConfig tiny = TinyDetector.config();
        return new DetectorConfig(
                tiny.detector(),
                backbone,
                baseWidth,
                fpnChannels,
                classes,
                tiny.width(),
                tiny.height(),
                tiny.anchorSizes(),
                tiny.aspectRatios());
    }

    @ParameterizedTest
    @ValueSource(strings = {DetectorConfig.RETINANET, DetectorConfig.FASTER_RCNN})
    void olderNamesOfTorchvisionsAreFoundAndReported(String detector) throws IOException {
        List<Sample> samples = TinyDetector.samples(2, 3);
        ModelDirectory directory = new ModelDirectory(folder);
        try (TorchvisionDetector model =
                TorchvisionDetector.create(TinyDetector.config(detector, TinyDetector.CLASSES))) {
            model.initialize(4);
            DetectorCheckpoint.save(folder, model, Map.of());
            List<TensorEntry> older = new ArrayList<>();
            try (TensorSource file = directory.openWeights()) {
                for (String name : file.names()) {
                    TensorEntry entry = file.tensor(name);
                    older.add(TensorEntry.ofFloats(
                            LegacyNames.of(name).orElse(name), DType.F16, entry.shape(), entry.toFloats()));
                }
                older.add(TensorEntry.ofFloats(
                        "backbone.body.bn1.num_batches_tracked", DType.F32, new long[0], new float[1]));
                SafetensorsWriter.write(folder.resolve("older.safetensors"), Map.of(), older);
            }
            Files.move(
                    folder.resolve("older.safetensors"), directory.safetensors(), StandardCopyOption.REPLACE_EXISTING);
            List<LoadReport> reports = new ArrayList<>();
            try (DetectionModel loaded = DetectorCheckpoint.load(folder, reports::add)) {
                assertThat(loaded.detect(samples)).hasSize(2);
            }

            LoadReport report = reports.getFirst();
            // A weight and a bias of each convolution: 3 + 3 of the pyramid and 4 + 4 of the heads, or 4 + 4 and the
            // proposal head's one.
            assertThat(report.renamed()).hasSize(detector.equals(DetectorConfig.RETINANET) ? 28 : 18);
            assertThat(report.renamed()).contains("backbone.fpn.inner_blocks.0.weight");
            assertThat(report.types()).containsOnlyKeys(DType.F16);
            assertThat(report.passedOver()).containsExactly("backbone.body.bn1.num_batches_tracked");
            assertThat(report.sentence()).contains("older names", "passed over 1 counters", "model.safetensors");
        }
    }

    @Test
    void everyTensorThatDoesNotFitIsNamedWithBothShapes() {
        try (RetinaNet model = TinyDetector.create(1)) {
            DetectorCheckpoint.save(folder, model, Map.of());
        }
        ModelDirectory directory = new ModelDirectory(folder);
        List<TensorEntry> entries = new ArrayList<>();
        try (TensorSource file = directory.openWeights()) {
            for (String name : file.names()) {
                TensorEntry entry = file.tensor(name);
                if (name.equals("backbone.body.conv1.weight")) {
                    entries.add(TensorEntry.ofFloats(name, DType.F32, new long[] {4, 3, 7, 7}, new float[4 * 3 * 49]));
                } else if (!name.equals("backbone.body.bn1.bias")) {
                    entries.add(TensorEntry.ofFloats(name, DType.F32, entry.shape(), entry.toFloats()));
                }
            }
        }
        entries.add(TensorEntry.ofFloats("roi_heads.stray", DType.F32, new long[] {1}, new float[1]));
        SafetensorsWriter.write(directory.weights(), Map.of(), entries);

        assertThatThrownBy(() -> DetectorCheckpoint.load(folder))
                .isInstanceOf(InvalidInputException.class)
                .hasMessageContaining(
                        "backbone.body.conv1.weight has shape [4, 3, 7, 7] where the model has [8, 3, 7, 7]")
                .hasMessageContaining("backbone.body.bn1.bias is missing")
                .hasMessageContaining("roi_heads.stray is none of the model's");
    }

    @Test
    void missingAndTruncatedCheckpointsAreOneSentence() throws IOException {
        assertThatThrownBy(() -> DetectorCheckpoint.load(folder.resolve("nowhere")))
                .isInstanceOf(InvalidInputException.class)
                .hasMessageContaining("nowhere");

        try (RetinaNet model = TinyDetector.create(1)) {
            DetectorCheckpoint.save(folder, model, Map.of());
        }
        Path weights = new ModelDirectory(folder).weights();
        try (FileChannel channel = FileChannel.open(weights, StandardOpenOption.WRITE)) {
            channel.truncate(Files.size(weights) / 2);
        }
        assertThatThrownBy(() -> DetectorCheckpoint.load(folder))
                .isInstanceOf(InvalidInputException.class)
                .hasMessageContaining("model.safetensors");
    }

    @Test
    void aPlanChangesTheModelAndAPlanForAnotherModelIsRefused() {
        List<Sample> samples = TinyDetector.samples(2, 3);
        try (RetinaNet model = TinyDetector.create(4);
                ReferenceBackend backend = new ReferenceBackend()) {
            double before = model.losses(samples).values().classification();
            BitAssignment two = BitAssignment.uniform(model.weights().layout(), 2);

            FakeQuantization.apply(model, backend, two);

            assertThat(model.losses(samples).values().classification()).isNotEqualTo(before);
            BitAssignment foreign =
                    new BitAssignment(two.layers().subList(1, two.layers().size()));
            assertThatThrownBy(() -> FakeQuantization.apply(model, backend, foreign))
                    .isInstanceOf(InvalidInputException.class)
                    .hasMessageContaining("backbone.body.conv1.weight is not in the plan");
        }
    }
}
