package dev.dhmq.export.onnx;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.dhmq.InvalidInputException;
import dev.dhmq.data.BilinearResize;
import dev.dhmq.data.RgbImage;
import dev.dhmq.detect.DetectionEngine;
import dev.dhmq.detect.OnnxRuntimeEngine;
import dev.dhmq.model.Detection;
import dev.dhmq.model.DetectionModel;
import dev.dhmq.model.DetectorConfig;
import dev.dhmq.model.GroundTruth;
import dev.dhmq.model.Resize;
import dev.dhmq.model.Sample;
import dev.dhmq.model.TorchvisionDetector;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
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
    static final double PIXELS = 2e-3;

    static final double SCORE = 2e-5;
    private static final GroundTruth NOTHING = new GroundTruth(new float[0], new int[0]);

    @TempDir
    Path folder;

    static List<Sample> images(int count, int width, int height) {
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

    static Agreement compared(
            DetectionModel model, DetectionEngine exported, List<Sample> samples, double pixels, double score) {
        Agreement agreement = new Agreement(0, 0, 0);
        for (Sample sample : samples) {
            List<Detection> expected = model.detect(List.of(sample)).getFirst();
            List<Detection> found = exported.detect(List.of(sample)).getFirst();
            agreement = agreement.and(Agreement.of(expected, found, pixels, score));
        }
        return agreement;
    }

    static void check(Path file) {
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
