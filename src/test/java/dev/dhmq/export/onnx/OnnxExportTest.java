package dev.dhmq.export.onnx;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.dhmq.InvalidInputException;
import dev.dhmq.data.BilinearResize;
import dev.dhmq.data.RgbImage;
import dev.dhmq.data.SampleSource;
import dev.dhmq.data.SyntheticScenes;
import dev.dhmq.detect.DetectionEngine;
import dev.dhmq.detect.OnnxRuntimeEngine;
import dev.dhmq.model.ActivationHooks;
import dev.dhmq.model.ActivationObserver;
import dev.dhmq.model.Detection;
import dev.dhmq.model.DetectionModel;
import dev.dhmq.model.DetectorCheckpoint;
import dev.dhmq.model.DetectorConfig;
import dev.dhmq.model.FakeQuantization;
import dev.dhmq.model.GroundTruth;
import dev.dhmq.model.HookedLayers;
import dev.dhmq.model.LearnedScales;
import dev.dhmq.model.NamedTensor;
import dev.dhmq.model.Resize;
import dev.dhmq.model.Sample;
import dev.dhmq.model.TorchvisionDetector;
import dev.dhmq.quant.ActivationQuantization;
import dev.dhmq.quant.ActivationSite;
import dev.dhmq.quant.BitAssignment;
import dev.dhmq.quant.BitWidths;
import dev.dhmq.quant.RangeMethod;
import dev.dhmq.tensor.Backend;
import dev.dhmq.tensor.Layer;
import dev.dhmq.tensor.ParameterLayout;
import dev.dhmq.tensor.ReferenceBackend;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Random;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.bytedeco.javacpp.BytePointer;
import org.bytedeco.onnx.global.onnx;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Exported detectors on ONNX Runtime against the same detectors on LibTorch. */
class OnnxExportTest {
    /** Sums of float32 in another order, through some twenty layers; boxes of up to a hundred pixels. */
    private static final double PIXELS = 2e-3;

    private static final double SCORE = 2e-5;
    private static final GroundTruth NOTHING = new GroundTruth(new float[0], new int[0]);

    @TempDir
    Path folder;

    private static List<Sample> images(int count, int width, int height) {
        Random random = new Random(5);
        List<Sample> samples = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            float[] pixels = new float[3 * height * width];
            for (int k = 0; k < pixels.length; k++) {
                pixels[k] = random.nextFloat();
            }
            samples.add(new Sample("noise-" + i, pixels, height, width, NOTHING));
        }
        return samples;
    }

    /** Every layer another width, one of them float. */
    private static BitAssignment mixed(ParameterLayout layout) {
        int[] bits = {8, 4, 6, 3, 5, 2, 7};
        List<BitAssignment.Entry> entries = new ArrayList<>();
        for (Layer layer : layout.layers()) {
            int number = entries.size();
            entries.add(new BitAssignment.Entry(
                    layer.name(), layer.size(), number == 5 ? Backend.SKIP : bits[number % bits.length]));
        }
        return new BitAssignment(entries);
    }

    private static List<ActivationQuantization> activations(DetectionModel model, List<Sample> samples, int bits) {
        return ActivationObserver.observe(model, samples).stream()
                .map(each -> each.quantized(
                        each.site() == ActivationSite.INPUT ? bits : BitWidths.WIDEST, new RangeMethod.MinMax()))
                .toList();
    }

    private static Agreement compared(
            DetectionModel model, DetectionEngine exported, List<Sample> samples, double pixels, double score) {
        Agreement agreement = new Agreement(0, 0, 0);
        for (Sample sample : samples) {
            List<Detection> expected = model.detect(List.of(sample)).getFirst();
            List<Detection> found = exported.detect(List.of(sample)).getFirst();
            agreement = agreement.and(Agreement.of(expected, found, pixels, score));
        }
        return agreement;
    }

    private static void check(Path file) {
        try (BytePointer path = new BytePointer(file.toString())) {
            onnx.check_model(path, true, false, false); // with inference of shapes
        }
    }

    /** The untrained ResNet-50 lets values grow from block to block, and with them the differences. */
    @ParameterizedTest
    @CsvSource({
        "retinanet, resnet18, 1",
        "retinanet, resnet50, 20",
        "fasterrcnn, resnet18, 1",
        "fasterrcnn, resnet50, 20"
    })
    void floatDetectorsGiveTheSame(String detector, String backbone, double growth) {
        Path file = folder.resolve("float.onnx");
        try (DetectionModel model =
                SeededDetector.create(SeededDetector.config(detector, backbone, Resize.STRETCH), 1)) {
            OnnxExport.of(model).write(file, 96, 64);
            check(file);
            try (DetectionEngine exported = OnnxRuntimeEngine.open(file, 1)) {
                compared(model, exported, images(3, 96, 64), growth * PIXELS, growth * SCORE)
                        .requireWhole(30);
            }
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"retinanet", "fasterrcnn"})
    void quantizedWeightsGiveWhatFakeQuantizedOnesDo(String detector) {
        Path file = folder.resolve("mixed.onnx");
        try (DetectionModel model =
                        SeededDetector.create(SeededDetector.config(detector, "resnet18", Resize.STRETCH), 2);
                Backend backend = new ReferenceBackend()) {
            OnnxExport.quantized(model, backend, mixed(model.weights().layout()), LearnedScales.NONE, List.of())
                    .write(file, 96, 64);
            check(file);
            try (DetectionEngine exported = OnnxRuntimeEngine.open(file, 1)) {
                compared(model, exported, images(3, 96, 64), PIXELS, SCORE).requireWhole(50);
            }
        }
    }

    /**
     * One or two layers at a time: where one program's sum lies a hair above a half and the other's below, an activation moves
     * by a whole step, and everything after it a little. Both forms of a convolution are among these, and a matrix product.
     */
    @ParameterizedTest
    @CsvSource({
        "retinanet, 8, false, backbone.body.conv1",
        "retinanet, 5, false, backbone.body.layer2.0.downsample.0",
        "retinanet, 5, true, backbone.body.layer2.0.downsample.0",
        "retinanet, 8, false, backbone.body.layer1.0.conv1 backbone.body.layer1.0.conv2",
        "retinanet, 8, true, backbone.body.layer4.1.conv2",
        "retinanet, 6, false, backbone.fpn.inner_blocks.1.0",
        "retinanet, 6, true, backbone.fpn.inner_blocks.1.0",
        "retinanet, 8, false, backbone.fpn.layer_blocks.0.0 head.classification_head.conv.0.0 head.regression_head.conv.0.0",
        "retinanet, 8, false, head.classification_head.conv.1.0 head.classification_head.conv.2.0",
        "retinanet, 8, false, head.regression_head.bbox_reg",
        "fasterrcnn, 8, false, rpn.head.conv.0.0 rpn.head.cls_logits rpn.head.bbox_pred",
        "fasterrcnn, 8, true, backbone.fpn.layer_blocks.0.0",
        "fasterrcnn, 8, false, roi_heads.box_head.fc6 roi_heads.box_head.fc7",
        "fasterrcnn, 4, false, roi_heads.box_predictor.cls_score roi_heads.box_predictor.bbox_pred"
    })
    void quantizedActivationsGiveWhatFakeQuantizedOnesDo(String detector, int bits, boolean results, String layers) {
        Path file = folder.resolve("some.onnx");
        List<Sample> samples = images(3, 96, 64);
        try (TorchvisionDetector model =
                        SeededDetector.create(SeededDetector.config(detector, "resnet18", Resize.STRETCH), 3);
                Backend backend = new ReferenceBackend()) {
            List<String> quantized =
                    Stream.of(layers.split(" ")).map(layer -> layer + ".weight").toList();
            List<ActivationQuantization> activations = activations(model, samples, bits).stream()
                    .filter(activation -> quantized.contains(activation.layer()))
                    .filter(activation -> results || activation.site() == ActivationSite.INPUT)
                    .toList();
            OnnxExport.quantized(model, backend, mixed(model.weights().layout()), LearnedScales.NONE, activations)
                    .write(file, 96, 64);
            check(file);
            try (DetectionEngine exported = OnnxRuntimeEngine.open(file, 1)) {
                Agreement without = compared(model, exported, samples, 0.05, 1e-3);
                try (HookedLayers _ = ActivationHooks.apply(model, activations)) {
                    Agreement agreement = compared(model, exported, samples, 0.05, 1e-3);
                    assertThat(agreement.expected()).isGreaterThan(50);
                    assertThat(agreement.share()).isGreaterThanOrEqualTo(0.97);
                    // The same comparison tells whether activations are rounded at all.
                    assertThat(without.share()).isLessThan(0.9);
                }
            }
        }
    }

    /** All of a trained detector's activations: what it is sure of stays, though steps add up over its layers. */
    @Test
    void aTrainedDetectorOfEightBitsFindsTheSame() {
        Path file = folder.resolve("trained.onnx");
        Path demo = Path.of(System.getProperty("dhmq.root"), "src", "main", "resources", "dev", "dhmq", "cli", "demo");
        try (DetectionModel model = DetectorCheckpoint.load(demo);
                Backend backend = new ReferenceBackend()) {
            SampleSource source = new SyntheticScenes(
                            1, model.config().width(), model.config().height())
                    .samples(5000, 8);
            List<Sample> scenes =
                    IntStream.range(0, source.size()).mapToObj(source::sample).toList();
            BitAssignment plan = BitAssignment.uniform(model.weights().layout(), 8);
            FakeQuantization.apply(model, backend, plan);
            List<ActivationQuantization> activations = activations(model, scenes, 8);
            OnnxExport.quantized(model, backend, plan, LearnedScales.NONE, activations)
                    .write(file, model.config().width(), model.config().height());
            check(file);
            Agreement sure = new Agreement(0, 0, 0);
            try (DetectionEngine exported = OnnxRuntimeEngine.open(file, 1);
                    HookedLayers _ = ActivationHooks.apply(model, activations)) {
                for (Sample scene : scenes) {
                    List<Detection> expected = model.detect(List.of(scene)).getFirst();
                    List<Detection> found = exported.detect(List.of(scene)).getFirst();
                    Agreement all = Agreement.of(sure(expected), found, 2, 0.1);
                    sure = sure.and(new Agreement(all.expected(), all.expected(), all.partners()));
                }
            }
            assertThat(sure.expected()).isGreaterThan(10);
            assertThat(sure.share()).isGreaterThanOrEqualTo(0.9);
        }
    }

    private static List<Detection> sure(List<Detection> detections) {
        return detections.stream().filter(detection -> detection.score() > 0.4).toList();
    }

    @ParameterizedTest
    @CsvSource({"retinanet, LETTERBOX", "fasterrcnn, SHORTER_SIDE"})
    void smallerImagesArePaddedInside(String detector, Resize resize) {
        Path file = folder.resolve("padded.onnx");
        try (DetectionModel model = SeededDetector.create(SeededDetector.config(detector, "resnet18", resize), 4)) {
            OnnxExport.of(model).write(file, 85, 51);
            check(file);
            try (DetectionEngine exported = OnnxRuntimeEngine.open(file, 1)) {
                compared(model, exported, images(2, 85, 51), PIXELS, SCORE).requireWhole(30);
            }
        }
    }

    @ParameterizedTest
    @CsvSource({
        "retinanet, STRETCH",
        "retinanet, LETTERBOX",
        "retinanet, SHORTER_SIDE",
        "fasterrcnn, STRETCH",
        "fasterrcnn, LETTERBOX",
        "fasterrcnn, SHORTER_SIDE"
    })
    void imagesOfAnySizeAreResizedInside(String detector, Resize resize) {
        Path file = folder.resolve("any.onnx");
        DetectorConfig config = SeededDetector.config(detector, "resnet18", resize);
        try (DetectionModel model = SeededDetector.create(config, 5)) {
            OnnxExport.of(model).writeForAnySize(file);
            check(file);
            try (DetectionEngine exported = OnnxRuntimeEngine.open(file, 1)) {
                for (int[] side : new int[][] {{150, 100}, {61, 120}, {96, 64}}) {
                    Sample image = images(1, side[0], side[1]).getFirst();
                    List<Detection> found = exported.detect(List.of(image)).getFirst();
                    // Interpolated pixels differ in their last bits, and boxes are up to twice as large as at the
                    // input.
                    Agreement.of(resized(model, image), found, 10 * PIXELS, 10 * SCORE)
                            .requireWhole(10);
                }
            }
        }
    }

    private static List<Detection> resized(DetectionModel model, Sample image) {
        Resize.Size size = model.config().resize().sizeOf(image.width(), image.height(), model.config());
        RgbImage resized = BilinearResize.resize(
                new RgbImage(image.pixels(), image.width(), image.height()), size.width(), size.height());
        Sample sample = new Sample("resized", resized.planes(), size.height(), size.width(), NOTHING);
        return model.detect(List.of(sample)).getFirst().stream()
                .map(found ->
                        found.scaled((float) image.width() / size.width(), (float) image.height() / size.height()))
                .toList();
    }

    @ParameterizedTest
    @ValueSource(strings = {"retinanet", "fasterrcnn"})
    void findingNothingIsNoFailure(String detector) {
        Path file = folder.resolve("nothing.onnx");
        DetectorConfig config = SeededDetector.config(detector, "resnet18", Resize.STRETCH);
        try (TorchvisionDetector model = SeededDetector.create(config, 6)) {
            SeededDetector.silence(model);
            OnnxExport.of(model).write(file, 96, 64);
            try (DetectionEngine exported = OnnxRuntimeEngine.open(file, 1)) {
                Sample image = images(1, 96, 64).getFirst();
                assertThat(model.detect(List.of(image)).getFirst()).isEmpty();
                assertThat(exported.detect(List.of(image)).getFirst()).isEmpty();
            }
        }
    }

    @Test
    void integersTimesTheirScalesAreTheWeightsOfThePlan() {
        try (DetectionModel model =
                        SeededDetector.create(SeededDetector.config("fasterrcnn", "resnet18", Resize.STRETCH), 7);
                Backend backend = new ReferenceBackend()) {
            Map<String, IntegerWeights> layers =
                    IntegerWeights.of(model, backend, mixed(model.weights().layout()), LearnedScales.NONE, List.of());
            Map<String, NamedTensor> tensors = NamedTensor.all(model);
            assertThat(layers).hasSize(model.weights().layout().layers().size() - 1);
            layers.forEach((name, weights) -> {
                float[] values = Objects.requireNonNull(tensors.get(name)).values();
                int channelSize = values.length / weights.scales().length;
                int least = -(1 << (weights.bits() - 1));
                for (int i = 0; i < values.length; i++) {
                    assertThat(weights.integers()[i] * weights.scales()[i / channelSize])
                            .isEqualTo(values[i]);
                    assertThat((int) weights.integers()[i]).isBetween(least, -least - 1);
                }
            });
        }
    }

    /** Weights on a grid of four bits are on one of eight bits and half the step, which no search would find. */
    @Test
    void learnedScalesAreKept() {
        try (DetectionModel model =
                        SeededDetector.create(SeededDetector.config("retinanet", "resnet18", Resize.STRETCH), 7);
                Backend backend = new ReferenceBackend()) {
            ParameterLayout layout = model.weights().layout();
            Map<String, IntegerWeights> four =
                    IntegerWeights.of(model, backend, BitAssignment.uniform(layout, 4), LearnedScales.NONE, List.of());
            float[] halves = new float[layout.channels()];
            int[] eight = new int[layout.layers().size()];
            for (Layer layer : layout.layers()) {
                eight[layout.indexOf(layer.name())] = 8;
                float[] scales = Objects.requireNonNull(four.get(layer.name())).scales();
                for (int c = 0; c < scales.length; c++) {
                    halves[layer.firstChannel() + c] = scales[c] / 2;
                }
            }
            LearnedScales learned = LearnedScales.of(layout, eight, halves);
            IntegerWeights.of(model, backend, BitAssignment.uniform(layout, 8), learned, List.of())
                    .forEach((name, weights) -> {
                        byte[] before = Objects.requireNonNull(four.get(name)).integers();
                        for (int i = 0; i < before.length; i++) {
                            assertThat((int) weights.integers()[i]).isEqualTo(2 * before[i]);
                        }
                    });
        }
    }

    @Test
    void theSameDetectorGivesTheSameBytes() {
        Path first = folder.resolve("first.onnx");
        Path second = folder.resolve("second.onnx");
        for (Path file : List.of(first, second)) {
            try (DetectionModel model =
                    SeededDetector.create(SeededDetector.config("fasterrcnn", "resnet18", Resize.STRETCH), 8)) {
                OnnxExport.of(model).write(file, 96, 64);
            }
        }
        assertThat(first).hasSameBinaryContentAs(second);
    }

    @Test
    void aSizeTheDetectorDoesNotTakeIsRefused() {
        try (DetectionModel model =
                SeededDetector.create(SeededDetector.config("retinanet", "resnet18", Resize.STRETCH), 9)) {
            OnnxExport export = OnnxExport.of(model);
            assertThatThrownBy(() -> export.write(folder.resolve("no.onnx"), 128, 64))
                    .isInstanceOf(InvalidInputException.class)
                    .hasMessageContaining("no images of 128x64")
                    .hasMessageContaining("any size");
            assertThat(folder.resolve("no.onnx")).doesNotExist();
        }
    }
}
