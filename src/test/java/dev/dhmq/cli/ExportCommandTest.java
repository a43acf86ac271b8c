package dev.dhmq.cli;

import static org.assertj.core.api.Assertions.assertThat;

import dev.dhmq.Progress;
import dev.dhmq.data.RgbImage;
import dev.dhmq.data.SceneWriter;
import dev.dhmq.data.SyntheticScenes;
import dev.dhmq.detect.Detector;
import dev.dhmq.detect.DetectorSettings;
import dev.dhmq.model.DetectorCheckpoint;
import dev.dhmq.model.DetectorConfig;
import dev.dhmq.model.RetinaNet;
import dev.dhmq.model.TinyDetector;
import dev.dhmq.model.script.ScriptedTiny;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.io.TempDir;

/** {@code export} on a tiny detector. */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class ExportCommandTest {
    private Path folder = Path.of("");
    private Path model = Path.of("");
    private Path plan = Path.of("");

    @BeforeAll
    void detectorAndPlan(@TempDir Path temporary) {
        folder = temporary;
        SyntheticScenes source = new SyntheticScenes(3, 96, 64);
        Path scenes = folder.resolve("scenes");
        SceneWriter.write(scenes, source.samples(0, 2), Progress.NONE);
        model = folder.resolve("model");
        try (RetinaNet detector = new RetinaNet(TinyDetector.config(DetectorConfig.RETINANET, source.classes()))) {
            detector.initialize(1);
            DetectorCheckpoint.save(model, detector, Map.of());
        }
        Run search = Run.dhmq(
                "search",
                "--model",
                model.toString(),
                "--images",
                SceneWriter.images(scenes).toString(),
                "--annotations",
                SceneWriter.annotations(scenes).toString(),
                "--calibration-images",
                "2",
                "--ratio",
                "4.1",
                "--layers-per-step",
                "40",
                "--activation-bits",
                "8",
                "--threads",
                "1",
                "--out",
                folder.resolve("found").toString());
        assertThat(search.code()).as(search.err()).isZero();
        plan = folder.resolve("found").resolve("plan.json");
    }

    private Run export(Path detector, Path out, String... more) {
        List<String> words = new ArrayList<>(List.of("export", "--model", detector.toString(), "--out"));
        words.add(out.toString());
        words.addAll(List.of("--threads", "1"));
        words.addAll(List.of(more));
        return Run.dhmq(words.toArray(String[]::new));
    }

    private static RgbImage black(int width, int height) {
        return new RgbImage(new float[3 * height * width], width, height);
    }

    @Test
    void aPlanMakesTheFileSmallerAndBothRun() throws IOException {
        Path whole = folder.resolve("float.onnx");
        Path quantized = folder.resolve("new").resolve("quantized.onnx");
        Run run = export(model, whole);
        assertThat(run.code()).as(run.err()).isZero();
        assertThat(run.out()).contains("float.onnx", "[1, 3, 64, 96]", "boxes, scores and labels");
        assertThat(export(model, quantized, "--plan", plan.toString()).code()).isZero();
        assertThat(Files.size(quantized)).isLessThan(Files.size(whole) / 2);
        for (Path file : List.of(whole, quantized)) {
            try (Detector exported = Detector.open(file, DetectorSettings.DEFAULT.withThreads(1))) {
                assertThat(exported.detect(black(96, 64))).hasSizeLessThanOrEqualTo(300);
            }
        }
    }

    @Test
    void imagesOfAnySizeGoIntoAFileMadeForThem() {
        Path file = folder.resolve("any.onnx");
        Run run = export(model, file, "--any-size");
        assertThat(run.code()).as(run.err()).isZero();
        assertThat(run.out()).contains("[1, 3, height, width]");
        try (Detector exported = Detector.open(file, DetectorSettings.DEFAULT.withThreads(1))) {
            assertThat(exported.detect(black(130, 50))).hasSizeLessThanOrEqualTo(300);
        }
    }

    @Test
    void aFolderIsNoFileToWrite() {
        Run run = export(model, folder);
        assertThat(run.code()).isEqualTo(ExitCode.BAD_INPUT);
        assertThat(run.err()).contains("is a folder", "model.onnx");
    }

    @Test
    void anothersPlanIsRefusedAndNothingWritten() {
        Path other = folder.resolve("other");
        try (RetinaNet detector = TinyDetector.create(2)) {
            DetectorCheckpoint.save(other, detector, Map.of());
        }
        Path file = folder.resolve("no.onnx");
        Run run = export(other, file, "--plan", plan.toString());
        assertThat(run.code()).isEqualTo(ExitCode.BAD_INPUT);
        assertThat(run.err()).contains("another checkpoint");
        assertThat(file).doesNotExist();
    }

    @Test
    void aScriptedDetectorIsRefused() throws IOException {
        Path scripted = folder.resolve("scripted");
        Files.createDirectories(scripted);
        Files.writeString(
                scripted.resolve("model.json"),
                "{\"detector\": \"torchscript\", \"classes\": [{\"id\": 1, \"name\": \"a\"}]}");
        ScriptedTiny.write(scripted.resolve("model.pt"), true);
        Run run = export(scripted, folder.resolve("scripted.onnx"));
        assertThat(run.code()).isEqualTo(ExitCode.BAD_INPUT);
        assertThat(run.err()).contains("scripted detector", "model.json");
    }
}
