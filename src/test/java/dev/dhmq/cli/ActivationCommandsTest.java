package dev.dhmq.cli;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.dhmq.Progress;
import dev.dhmq.data.SceneWriter;
import dev.dhmq.data.SyntheticScenes;
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

/** {@code search} with activations and {@code eval} of its plans, on a tiny detector. */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class ActivationCommandsTest {
    private Path folder = Path.of("");
    private Path scenes = Path.of("");
    private Path model = Path.of("");

    @BeforeAll
    void detector(@TempDir Path temporary) {
        folder = temporary;
        scenes = folder.resolve("scenes");
        SyntheticScenes source = new SyntheticScenes(3, 96, 64);
        SceneWriter.write(scenes, source.samples(0, 4), Progress.NONE);
        model = folder.resolve("model");
        try (RetinaNet detector = new RetinaNet(TinyDetector.config(DetectorConfig.RETINANET, source.classes()))) {
            detector.initialize(1);
            DetectorCheckpoint.save(model, detector, Map.of());
        }
    }

    private Run dhmq(String command, String... more) {
        List<String> words = new ArrayList<>(List.of(command.split(" ")));
        words.addAll(List.of(more));
        words.addAll(List.of("--images", SceneWriter.images(scenes).toString()));
        words.addAll(List.of("--annotations", SceneWriter.annotations(scenes).toString()));
        words.addAll(List.of("--threads", "1"));
        return Run.dhmq(words.toArray(String[]::new));
    }

    private Run search(Path detector, Path out, String options) {
        return dhmq(
                "search --calibration-images 2 --ratio 4.1 --layers-per-step 40 " + options,
                "--model",
                detector.toString(),
                "--out",
                out.toString());
    }

    private JsonNode plan(String name, String options) throws IOException {
        Path out = folder.resolve(name);
        Run run = search(model, out, options);
        assertThat(run.code()).as(run.err()).isZero();
        if (options.contains("activation")) {
            assertThat(run.out()).contains("bits an element");
        }
        return new ObjectMapper().readTree(out.resolve("plan.json").toFile());
    }

    @Test
    void fixedBitsAreInThePlanAndEvalAppliesThem() throws IOException {
        JsonNode fixed = plan("fixed", "--activation-bits 8 --exclude backbone.body.conv1.weight");
        assertThat(fixed.get("activations"))
                .hasSize(37)
                .allMatch(node -> node.get("bits").intValue() == 8);
        assertThat(fixed.at("/activations/0/name").textValue()).isEqualTo("backbone.body.layer1.0.conv1.weight");
        assertThat(fixed.at("/activationSearch/measuredLossChange").isNumber()).isTrue();

        Path file = folder.resolve("fixed").resolve("plan.json");
        Run eval = dhmq("eval --json --plan " + file, "--model", model.toString());
        assertThat(eval.code()).as(eval.err()).isZero();
    }

    @Test
    void mixedBitsMeetTheMeanAndAreTheSameEveryTime() throws IOException {
        String options = "--activation-mean-bits 6 --activation-candidates 4,8 --activation-range min-max";
        JsonNode mixed = plan("mixed", options);
        assertThat(mixed.get("activations")).hasSize(38);
        assertThat(mixed.at("/activationSearch/meanBits").doubleValue()).isBetween(4.0, 6.0);
        assertThat(mixed.at("/activationSearch/predictedLossChange").isNumber()).isTrue();
        assertThat(mixed.at("/activationSearch/losses").intValue()).isEqualTo(1 + 38 + 1);
        assertThat(plan("again", options)).isEqualTo(mixed);
    }

    @Test
    void correctionChoosesRangesAgainAndLeavesTheBits() throws IOException {
        JsonNode searched = plan("ranges", "--activation-bits 4 --activation-range min-max --bits 2");
        Path out = folder.resolve("ranges-corrected");
        Run run = dhmq(
                "correct --calibration-images 2 --plan "
                        + folder.resolve("ranges").resolve("plan.json"),
                "--model",
                model.toString(),
                "--out",
                out.toString());
        assertThat(run.code()).as(run.err()).isZero();

        JsonNode corrected =
                new ObjectMapper().readTree(out.resolve("plan.json").toFile());
        assertThat(corrected.at("/activations").findValues("bits"))
                .isEqualTo(searched.at("/activations").findValues("bits"));
        assertThat(corrected.at("/activations/0"))
                .as("the picture is as it was")
                .isEqualTo(searched.at("/activations/0"));
        assertThat(corrected.at("/activations").findValues("high"))
                .isNotEqualTo(searched.at("/activations").findValues("high"));
        assertThat(dhmq("eval --plan " + out.resolve("plan.json"), "--model", out.toString())
                        .code())
                .isZero();
    }

    @Test
    void withoutActivationsThePlanIsAsItWasAndWithThemTheWeightsAreTheSame() throws IOException {
        JsonNode without = plan("without", "");
        assertThat(without.has("activations")).isFalse();
        assertThat(plan("with", "--activation-bits 4").get("layers")).isEqualTo(without.get("layers"));
    }

    @Test
    void aScriptedDetectorsActivationsAndCorrectionAreRefused() throws IOException {
        Path scripted = folder.resolve("scripted");
        Files.createDirectories(scripted);
        Files.writeString(scripted.resolve("model.json"), """
                {"detector": "torchscript", "classes": [{"id": 0, "name": "background"},
                 {"id": 1, "name": "a"}, {"id": 2, "name": "b"}, {"id": 3, "name": "c"},
                 {"id": 4, "name": "d"}, {"id": 5, "name": "e"}, {"id": 6, "name": "f"}]}
                """);
        ScriptedTiny.write(scripted.resolve("model.pt"), true);

        assertRefused(
                search(scripted, folder.resolve("scripted-plan"), "--activation-bits 8"),
                "layers of a scripted detector run inside its program");
        assertThat(folder.resolve("scripted-plan").resolve("plan.json")).doesNotExist();

        Path weights = folder.resolve("scripted-weights");
        assertThat(search(scripted, weights, "--objective task").code()).isZero();
        Path out = folder.resolve("scripted-corrected");
        assertRefused(
                dhmq(
                        "correct",
                        "--model",
                        scripted.toString(),
                        "--plan",
                        weights.resolve("plan.json").toString(),
                        "--out",
                        out.toString()),
                "outputs not corrected");
        assertThat(out.resolve("model.safetensors")).doesNotExist();
    }

    @Test
    void optionsThatDoNotFitAreRefused() {
        Path out = folder.resolve("refused");
        assertRefused(search(model, out, "--activation-bits 9"), "from 2 to 8");
        assertRefused(search(model, out, "--activation-bits 8 --activation-mean-bits 6"), "mutually exclusive");
        assertRefused(search(model, out, "--activation-mean-bits 3"), "less than the narrowest candidate");
        assertRefused(search(model, out, "--activation-candidates 4,8"), "--activation-candidates is for");
        assertRefused(search(model, out, "--activation-bits 8 --activation-range guess"), "squared-error");
        assertThat(out.resolve("plan.json")).doesNotExist();
    }

    private static void assertRefused(Run run, String named) {
        assertThat(run.code()).as(run.err()).isEqualTo(2);
        assertThat(run.err()).contains(named);
        assertThat(run.err().lines().filter(line -> line.startsWith("dhmq:"))).hasSize(1);
    }
}
