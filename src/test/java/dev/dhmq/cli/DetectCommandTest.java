package dev.dhmq.cli;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.dhmq.Progress;
import dev.dhmq.data.ImageFile;
import dev.dhmq.data.SceneWriter;
import dev.dhmq.data.SyntheticScenes;
import dev.dhmq.detect.OnnxFiles;
import dev.dhmq.detect.SureDetector;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.io.TempDir;

@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class DetectCommandTest {
    private Path folder = Path.of("");
    private Path model = Path.of("");
    private Path pictures = Path.of("");

    @BeforeAll
    void make(@TempDir Path temporary) {
        folder = temporary;
        model = SureDetector.save("retinanet", folder.resolve("model"));
        SceneWriter.write(folder.resolve("scenes"), new SyntheticScenes(3, 96, 64).samples(0, 3), Progress.NONE);
        pictures = SceneWriter.images(folder.resolve("scenes"));
    }

    private Run detect(String... more) {
        return detectBy(model, more);
    }

    private static Run detectBy(Path model, String... more) {
        return Run.dhmq(
                Stream.concat(Stream.of("detect", "--threads", "1", "--model", model.toString()), Stream.of(more))
                        .toArray(String[]::new));
    }

    @Test
    void boxesAreDrawnOnEveryPictureOfAFolder() throws IOException {
        Path out = folder.resolve("drawn");
        Run run = detect(pictures.toString(), "--min-score", "0.2", "--out", out.toString());
        assertThat(run.code()).as(run.err()).isZero();
        assertThat(run.out().lines()).hasSize(3);
        assertThat(run.out()).contains("scene_00000.png: ", "drawn in " + out);
        try (Stream<Path> written = Files.list(out)) {
            assertThat(written).hasSize(3);
        }
        Path first = pictures.resolve("scene_00000.png");
        assertThat(ImageFile.read(out.resolve("scene_00000.png")).planes())
                .isNotEqualTo(ImageFile.read(first).planes());
    }

    @Test
    void jsonNamesEveryObject() throws IOException {
        Path picture = pictures.resolve("scene_00001.png");
        Run run = detect(picture.toString(), "--json", "--min-score", "0.2");
        assertThat(run.code()).as(run.err()).isZero();
        JsonNode found = new ObjectMapper().readTree(run.out());
        assertThat(found).hasSize(1);
        assertThat(found.at("/0/file").textValue()).isEqualTo(picture.toString());
        assertThat(found.at("/0/width").intValue()).isEqualTo(96);
        assertThat(found.at("/0/objects")).isNotEmpty().allSatisfy(object -> {
            assertThat(List.of("disc", "square")).contains(object.get("class").textValue());
            assertThat(object.get("score").doubleValue()).isBetween(0.2, 1.0);
            assertThat(object.get("box")).hasSize(4);
        });
        Run surer = detect(picture.toString(), "--json", "--min-score", "1");
        assertThat(new ObjectMapper().readTree(surer.out()).at("/0/objects")).isEmpty();
    }

    @Test
    void anExportedFileFindsAsMany() throws IOException {
        Path file = OnnxFiles.export(model, folder.resolve("model.onnx"));
        String picture = pictures.resolve("scene_00001.png").toString();
        Run run = detectBy(file, picture, "--json", "--min-score", "0.2");
        assertThat(run.code()).as(run.err()).isZero();
        ObjectMapper json = new ObjectMapper();
        JsonNode expected =
                json.readTree(detect(picture, "--json", "--min-score", "0.2").out());
        assertThat(json.readTree(run.out()).at("/0/objects")).isNotEmpty().hasSameSizeAs(expected.at("/0/objects"));
        refused(detectBy(file, picture, "--json", "--plan", "plan.json"), "takes no plan");
        Path text = folder.resolve("text.onnx");
        Files.writeString(text, "not a model, but a sentence");
        refused(detectBy(text, picture, "--json"), "text.onnx is no ONNX file, or only a part of one");
    }

    @Test
    void aBrokenPictureIsToldAndTheOthersAreStillDone() throws IOException {
        Path broken = folder.resolve("broken.jpg");
        Files.writeString(broken, "no picture");
        Run run = detect(broken.toString(), pictures.resolve("scene_00002.png").toString(), "--json");
        assertThat(run.code()).isEqualTo(2);
        assertThat(run.err()).contains("dhmq: " + broken + " is neither a JPEG nor a PNG picture");
        assertThat(new ObjectMapper().readTree(run.out())).hasSize(1);
    }

    @Test
    void whatCannotBeDoneIsRefused() throws IOException {
        String picture = pictures.resolve("scene_00000.png").toString();
        refused(detect(picture), "name a folder with --out, or ask for --json");
        refused(detect(folder.resolve("none.png").toString(), "--json"), "none.png does not exist");
        refused(detect(Files.createDirectories(folder.resolve("empty")).toString(), "--json"), "holds no JPEG");
        refused(detect(picture, "--json", "--min-score", "2"), "not a number from 0 to 1");
        refused(detect(picture, "--out", pictures.toString()), "would write over the picture");
        Path twin = Files.createDirectories(folder.resolve("twin")).resolve("scene_00000.jpg");
        Files.copy(Path.of(picture), twin);
        refused(detect(picture, twin.toString(), "--out", folder.resolve("x").toString()), "would both be drawn in");
        refused(detect(picture, "--json", "--plan", folder.resolve("none.json").toString()), "none.json");
    }

    private static void refused(Run run, String named) {
        assertThat(run.code()).as(run.err()).isEqualTo(2);
        assertThat(run.err()).contains(named);
        assertThat(run.err().lines().filter(line -> line.startsWith("dhmq:"))).hasSize(1);
    }
}
