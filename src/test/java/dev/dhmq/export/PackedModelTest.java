package dev.dhmq.export;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.dhmq.InvalidInputException;
import dev.dhmq.model.DetectionModel;
import dev.dhmq.model.DetectorCheckpoint;
import dev.dhmq.model.DetectorConfig;
import dev.dhmq.model.FakeQuantization;
import dev.dhmq.model.LearnedScales;
import dev.dhmq.model.Resize;
import dev.dhmq.model.TinyDetector;
import dev.dhmq.model.TorchvisionDetector;
import dev.dhmq.model.checkpoint.ModelDirectory;
import dev.dhmq.model.checkpoint.SafetensorsFile;
import dev.dhmq.quant.BitAssignment;
import dev.dhmq.quant.QuantizedSize;
import dev.dhmq.tensor.Backend;
import dev.dhmq.tensor.Backends;
import dev.dhmq.tensor.Layer;
import dev.dhmq.tensor.ParameterLayout;
import java.io.IOException;
import java.lang.foreign.ValueLayout;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class PackedModelTest {
    private static final ObjectMapper JSON = new ObjectMapper();

    @TempDir
    Path folder;

    private final Backend backend = Backends.select(Backends.Choice.CPU);

    @AfterEach
    void close() {
        backend.close();
    }

    /** A plan that gives layer l the l-th of these widths, and begins again; 0 leaves a layer in float32. */
    private Path plan(ParameterLayout layout, String modelSha256, int... widths) throws IOException {
        ObjectNode plan = JSON.createObjectNode();
        plan.put("format", "dhmq-plan").put("version", 1).put("modelSha256", modelSha256);
        for (int l = 0; l < layout.layers().size(); l++) {
            Layer layer = layout.layer(l);
            int width = widths[l % widths.length];
            plan.withArray("layers")
                    .addObject()
                    .put("name", layer.name())
                    .put("weights", layer.size())
                    .put("bits", width == Backend.SKIP ? 32 : width);
        }
        plan.putArray("trajectory").addObject().put("step", 1);
        Path file = folder.resolve("plan-" + Arrays.toString(widths) + ".json");
        JSON.writeValue(file.toFile(), plan);
        return file;
    }

    private static float[] weights(DetectionModel model) {
        return model.weights().weights().toArray(ValueLayout.JAVA_FLOAT);
    }

    @Test
    void loadingGivesTheFakeQuantizedDetectorBitForBit() throws IOException {
        for (String detector : List.of(DetectorConfig.RETINANET, DetectorConfig.FASTER_RCNN)) {
            Path packed = folder.resolve(detector);
            float[] expected;
            try (TorchvisionDetector model =
                    TorchvisionDetector.create(TinyDetector.config(detector, TinyDetector.CLASSES))) {
                model.initialize(3);
                float[] before = weights(model);
                Path plan = plan(model.weights().layout(), "f00d", 2, 3, 4, 0, 5, 6, 7, 8);
                PackedModel.write(model, plan, LearnedScales.NONE, "f00d", backend, packed);
                assertThat(weights(model)).as("the model's own weights").isEqualTo(before);
                FakeQuantization.apply(model, backend, PlanJson.read(plan).assignment());
                expected = weights(model);
                assertThat(expected).isNotEqualTo(before);
            }
            try (DetectionModel loaded = DetectorCheckpoint.load(packed)) {
                assertThat(weights(loaded)).isEqualTo(expected);
                // The plan beside it, with the scales stored in it, changes nothing any more.
                PlanJson.Stored plan = PlanJson.read(packed.resolve("plan.json"));
                assertThat(plan.modelSha256()).isEqualTo(new ModelDirectory(packed).sha256());
                ParameterLayout layout = loaded.weights().layout();
                // A file of scales that an earlier training has left in the folder does not count.
                int[] bits = plan.assignment().over(layout);
                LearnedScales.of(layout, bits, new float[layout.channels()]).write(packed);
                LearnedScales scales = LearnedScales.read(packed, layout);
                FakeQuantization.apply(loaded, backend, plan.assignment(), scales);
                assertThat(weights(loaded)).isEqualTo(expected);
            }
        }
    }

    @Test
    void learnedScalesAreKept() throws IOException {
        try (TorchvisionDetector model = TinyDetector.create(1)) {
            ParameterLayout layout = model.weights().layout();
            int[] bits = new int[layout.layers().size()];
            Arrays.fill(bits, 3);
            float[] scales = new float[layout.channels()];
            Arrays.fill(scales, 0.0123f);
            for (long i = 0; i < layout.size(); i++) { // a grid that no search would find
                float weight = model.weights().weights().getAtIndex(ValueLayout.JAVA_FLOAT, i);
                float integer = (float) Math.clamp(Math.rint(weight / scales[0]), -4.0, 3.0);
                model.weights().weights().setAtIndex(ValueLayout.JAVA_FLOAT, i, scales[0] * integer + 0f);
            }
            float[] tuned = weights(model);
            LearnedScales learned = LearnedScales.of(layout, bits, scales);
            PackedModel.write(model, plan(layout, "", 3), learned, "", backend, folder.resolve("tuned"));
            try (DetectionModel loaded = DetectorCheckpoint.load(folder.resolve("tuned"))) {
                assertThat(weights(loaded)).isEqualTo(tuned);
            }
            PackedModel.write(model, plan(layout, "", 3), LearnedScales.NONE, "", backend, folder.resolve("searched"));
            try (DetectionModel loaded = DetectorCheckpoint.load(folder.resolve("searched"))) {
                assertThat(weights(loaded)).isNotEqualTo(tuned);
            }
        }
    }

    /** RetinaNet-ResNet18 as it is trained on photographs; weights of one width each keep the search for scales short. */
    @Test
    void aRealDetectorsFileIsAsSmallAsItsPlanPromises() throws IOException {
        DetectorConfig config = new DetectorConfig(
                DetectorConfig.RETINANET,
                "resnet18",
                64,
                64,
                TinyDetector.CLASSES,
                256,
                192,
                Resize.STRETCH,
                List.of(16, 32, 64, 128, 256),
                List.of(0.5, 1.0, 2.0),
                DetectorConfig.IMAGENET_MEAN,
                DetectorConfig.IMAGENET_STD,
                DetectorConfig.BatchNorms.TRAINED,
                TinyDetector.config().regions());
        try (TorchvisionDetector model = TorchvisionDetector.create(config)) {
            model.initialize(1);
            ParameterLayout layout = model.weights().layout();
            Path plan = plan(layout, "", 2, 3);
            BitAssignment assignment = PlanJson.read(plan).assignment();
            long promised = QuantizedSize.bytes(layout, assignment.over(layout));
            PackedModel.Size size =
                    PackedModel.write(model, plan, LearnedScales.NONE, "", backend, folder.resolve("packed"));
            assertThat(size.layerBytes()).isEqualTo(promised);
            long others = size.floatBytes() - Float.BYTES * layout.size();
            long onDisk = Files.size(folder.resolve("packed/model.safetensors"));
            assertThat(size.fileBytes()).isEqualTo(onDisk);
            // All that is not biases and batch norms, names and texts included, against what the plan says.
            assertThat((double) (onDisk - others) / promised).isBetween(1.0, 1.02);
        }
    }

    @Test
    void theTextsHoldThePlanAndWhatItWasMadeFor() throws IOException {
        try (TorchvisionDetector model = TinyDetector.create(1)) {
            Path plan = plan(model.weights().layout(), "f00d", 4);
            PackedModel.write(model, plan, LearnedScales.NONE, "f00d", backend, folder.resolve("packed"));
        }
        Map<String, String> texts;
        try (SafetensorsFile file = SafetensorsFile.open(folder.resolve("packed/model.safetensors"))) {
            texts = file.metadata();
        }
        assertThat(texts).containsEntry(PackedModel.MODEL_KEY, "f00d").containsEntry("version", "1");
        ObjectNode stored = (ObjectNode) JSON.readTree(texts.get(PackedModel.PLAN_KEY));
        assertThat(stored.get("layers")).hasSize(38);
        assertThat(stored.has("trajectory")).isFalse();
    }

    @Test
    void plansForNothingOrForOthersAreRefused() throws IOException {
        try (TorchvisionDetector model = TinyDetector.create(1)) {
            Path floats = plan(model.weights().layout(), "", 0);
            assertThatThrownBy(() ->
                            PackedModel.write(model, floats, LearnedScales.NONE, "", backend, folder.resolve("packed")))
                    .isInstanceOf(InvalidInputException.class)
                    .hasMessageContaining("leaves every layer in float32");
            Path foreign = plan(ParameterLayout.of(List.of(new ParameterLayout.Shape("x", 1, 1))), "", 4);
            assertThatThrownBy(() -> PackedModel.write(
                            model, foreign, LearnedScales.NONE, "", backend, folder.resolve("packed")))
                    .isInstanceOf(InvalidInputException.class)
                    .hasMessageContaining("made for another model");
            assertThat(folder.resolve("packed")).doesNotExist();
        }
    }
}
