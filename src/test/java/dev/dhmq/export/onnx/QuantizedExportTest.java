package dev.dhmq.export.onnx;

import static org.assertj.core.api.Assertions.assertThat;

import dev.dhmq.data.ImageFile;
import dev.dhmq.data.SampleSource;
import dev.dhmq.data.SharedData;
import dev.dhmq.data.SyntheticScenes;
import dev.dhmq.detect.DetectionEngine;
import dev.dhmq.detect.OnnxRuntimeEngine;
import dev.dhmq.model.ActivationObserver;
import dev.dhmq.model.DetectionModel;
import dev.dhmq.model.DetectorCheckpoint;
import dev.dhmq.model.DetectorConfig;
import dev.dhmq.model.HookedLayers;
import dev.dhmq.model.LearnedScales;
import dev.dhmq.model.Resize;
import dev.dhmq.model.Sample;
import dev.dhmq.model.TorchvisionDetector;
import dev.dhmq.model.integer.IntegerArithmetic;
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
import java.util.function.Supplier;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Exported quantized detectors on ONNX Runtime against the same detectors on LibTorch. */
class QuantizedExportTest {
    private static final int FLOAT_LAYER = 5;

    @TempDir
    Path folder;

    private final Backend backend = new ReferenceBackend();

    /** Every layer another width. */
    private static BitAssignment mixed(ParameterLayout layout) {
        int[] bits = {8, 4, 6, 3, 5, 2, 7};
        List<BitAssignment.Entry> entries = new ArrayList<>();
        for (Layer layer : layout.layers()) {
            entries.add(new BitAssignment.Entry(layer.name(), layer.size(), bits[entries.size() % bits.length]));
        }
        return new BitAssignment(entries);
    }

    private static BitAssignment withAFloatLayer(BitAssignment assignment) {
        List<BitAssignment.Entry> entries = new ArrayList<>(assignment.layers());
        BitAssignment.Entry entry = entries.get(FLOAT_LAYER);
        entries.set(FLOAT_LAYER, new BitAssignment.Entry(entry.name(), entry.weights(), Backend.SKIP));
        return new BitAssignment(entries);
    }

    private static List<ActivationQuantization> activations(DetectionModel model, List<Sample> samples, int bits) {
        return ActivationObserver.observe(model, samples).stream()
                .map(each -> each.quantized(
                        each.site() == ActivationSite.INPUT ? bits : BitWidths.WIDEST, new RangeMethod.MinMax()))
                .toList();
    }

    /** A plan, on both runtimes: {@code source} gives the same float detector every time. */
    private final class Compared {
        private final Supplier<? extends DetectionModel> source;
        private final BitAssignment assignment;
        private final List<ActivationQuantization> activations;

        Compared(
                Supplier<? extends DetectionModel> source,
                BitAssignment assignment,
                List<ActivationQuantization> activations) {
            this.source = source;
            this.assignment = assignment;
            this.activations = activations;
        }

        /** With the activations that the file has. */
        Agreement agreement(List<Sample> samples, double pixels, double score) {
            return agreement(activations, samples, pixels, score);
        }

        /** With float ones on LibTorch: tells whether comparisons see that activations are rounded at all. */
        Agreement withoutActivations(List<Sample> samples, double pixels, double score) {
            return agreement(List.of(), samples, pixels, score);
        }

        private Agreement agreement(
                List<ActivationQuantization> rounded, List<Sample> samples, double pixels, double score) {
            Path file = folder.resolve("quantized.onnx");
            try (DetectionModel model = source.get()) {
                OnnxExport.quantized(model, backend, assignment, LearnedScales.NONE, activations)
                        .write(file, model.config().width(), model.config().height());
            }
            OnnxExportTest.check(file);
            try (DetectionModel model = source.get();
                    HookedLayers _ = IntegerArithmetic.apply(model, backend, assignment, LearnedScales.NONE, rounded);
                    DetectionEngine exported = OnnxRuntimeEngine.open(file, 1)) {
                return OnnxExportTest.compared(model, exported, samples, pixels, score);
            }
        }
    }

    private static TorchvisionDetector seeded(String detector, String backbone) {
        return SeededDetector.create(SeededDetector.config(detector, backbone, Resize.STRETCH), 3);
    }

    @ParameterizedTest
    @ValueSource(strings = {"retinanet", "fasterrcnn"})
    void quantizedWeightsGiveWhatFakeQuantizedOnesDo(String detector) {
        try (DetectionModel model = seeded(detector, "resnet18")) {
            BitAssignment plan = withAFloatLayer(mixed(model.weights().layout()));
            new Compared(() -> seeded(detector, "resnet18"), plan, List.of())
                    .agreement(OnnxExportTest.images(3, 96, 64), OnnxExportTest.PIXELS, OnnxExportTest.SCORE)
                    .requireWhole(50);
        }
    }

    /** Every activation of some fifty, and yet all detections to the precision of float detectors: the integers are the same. */
    @ParameterizedTest
    @CsvSource({
        "retinanet, resnet18, 8",
        "retinanet, resnet18, 6",
        "retinanet, resnet50, 8",
        "fasterrcnn, resnet18, 8",
        "fasterrcnn, resnet18, 5",
        "fasterrcnn, resnet50, 7"
    })
    void quantizedActivationsGiveTheSameIntegers(String detector, String backbone, int bits) {
        List<Sample> samples = OnnxExportTest.images(3, 96, 64);
        try (TorchvisionDetector model = seeded(detector, backbone)) {
            BitAssignment plan = mixed(model.weights().layout());
            Compared compared = new Compared(() -> seeded(detector, backbone), plan, activations(model, samples, bits));
            compared.agreement(samples, OnnxExportTest.PIXELS, OnnxExportTest.SCORE)
                    .requireWhole(50);
            assertThat(compared.withoutActivations(samples, 0.05, 1e-3).share()).isLessThan(0.9);
        }
    }

    /** On x86 processors without VNNI, sums of two products run over 16 bits unless the runtime is told to take care. */
    @ParameterizedTest
    @ValueSource(strings = {"retinanet", "fasterrcnn"})
    void weightsOfEightBitsDoNotRunOver(String detector) {
        List<Sample> samples = OnnxExportTest.images(3, 96, 64);
        try (TorchvisionDetector model = seeded(detector, "resnet18")) {
            BitAssignment plan = BitAssignment.uniform(model.weights().layout(), 8);
            new Compared(() -> seeded(detector, "resnet18"), plan, activations(model, samples, 8))
                    .agreement(samples, OnnxExportTest.PIXELS, OnnxExportTest.SCORE)
                    .requireWhole(50);
        }
    }

    /**
     * Between layers of floats, whose sums the programs add up in another order: where one's lies a hair above a half and the other's
     * below, an activation moves by a whole step, and everything after it a little.
     */
    @ParameterizedTest
    @CsvSource({
        "retinanet, 8, false, backbone.body.conv1",
        "retinanet, 5, true, backbone.body.layer2.0.downsample.0",
        "retinanet, 8, false, backbone.body.layer1.0.conv1 backbone.body.layer1.0.conv2",
        "retinanet, 6, true, backbone.fpn.inner_blocks.1.0",
        "retinanet, 8, false, backbone.fpn.layer_blocks.0.0 head.classification_head.conv.0.0 head.regression_head.conv.0.0",
        "retinanet, 8, false, head.regression_head.bbox_reg",
        "fasterrcnn, 8, false, rpn.head.conv.0.0 rpn.head.cls_logits rpn.head.bbox_pred",
        "fasterrcnn, 8, true, backbone.fpn.layer_blocks.0.0",
        "fasterrcnn, 8, false, roi_heads.box_head.fc6 roi_heads.box_head.fc7",
        "fasterrcnn, 4, false, roi_heads.box_predictor.cls_score roi_heads.box_predictor.bbox_pred"
    })
    void aFewQuantizedActivationsAreWhereTheyShouldBe(String detector, int bits, boolean results, String layers) {
        List<String> chosen =
                Stream.of(layers.split(" ")).map(layer -> layer + ".weight").toList();
        List<Sample> samples = OnnxExportTest.images(3, 96, 64);
        try (TorchvisionDetector model = seeded(detector, "resnet18")) {
            List<ActivationQuantization> activations = activations(model, samples, bits).stream()
                    .filter(activation -> chosen.contains(activation.layer()))
                    .filter(activation -> results || activation.site() == ActivationSite.INPUT)
                    .toList();
            BitAssignment plan = withAFloatLayer(mixed(model.weights().layout()));
            Compared compared = new Compared(() -> seeded(detector, "resnet18"), plan, activations);
            Agreement agreement = compared.agreement(samples, 0.05, 1e-3);
            assertThat(agreement.expected()).isGreaterThan(50);
            assertThat(agreement.share()).isGreaterThanOrEqualTo(0.97);
            assertThat(compared.withoutActivations(samples, 0.05, 1e-3).share()).isLessThan(0.9);
        }
    }

    private static DetectionModel demo() {
        return DetectorCheckpoint.load(
                Path.of(System.getProperty("dhmq.root"), "src", "main", "resources", "dev", "dhmq", "cli", "demo"));
    }

    private void requireTheSame(DetectionModel demo, List<Sample> samples) {
        BitAssignment plan = mixed(demo.weights().layout());
        Agreement agreement = new Compared(QuantizedExportTest::demo, plan, activations(demo, samples, 8))
                .agreement(samples, OnnxExportTest.PIXELS, OnnxExportTest.SCORE);
        agreement.requireWhole(50);
    }

    @Test
    void aTrainedDetectorFindsTheSameInScenes() {
        try (DetectionModel demo = demo()) {
            DetectorConfig config = demo.config();
            SampleSource scenes = new SyntheticScenes(1, config.width(), config.height()).samples(5000, 8);
            requireTheSame(
                    demo,
                    IntStream.range(0, scenes.size()).mapToObj(scenes::sample).toList());
        }
    }

    @Test
    void andInPhotographs() {
        Path cells = SharedData.at("bccd/images");
        try (DetectionModel demo = demo()) {
            DetectorConfig config = demo.config();
            requireTheSame(
                    demo,
                    IntStream.range(0, 4)
                            .mapToObj(i -> cells.resolve("BloodImage_0000" + i + ".jpg"))
                            .map(photograph -> ImageFile.read(photograph).sample(photograph.toString(), config))
                            .toList());
        }
    }
}
