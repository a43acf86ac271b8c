package dev.dhmq.cli;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.dhmq.Progress;
import dev.dhmq.data.SceneWriter;
import dev.dhmq.data.SyntheticScenes;
import dev.dhmq.model.script.ScriptedTiny;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The commands on a Faster R-CNN and on a scripted detector. */
class OtherDetectorsTest {
    private static final String SCRIPTED = """
            {"detector": "torchscript", "classes": [{"id": 0, "name": "background"},
             {"id": 1, "name": "a"}, {"id": 2, "name": "b"}, {"id": 3, "name": "c"},
             {"id": 4, "name": "d"}, {"id": 5, "name": "e"}, {"id": 6, "name": "f"}]}
            """;

    @TempDir
    Path folder;

    private Path scenes = Path.of("");
    private Path model = Path.of("");

    @BeforeEach
    void scenes() {
        scenes = folder.resolve("scenes");
        model = folder.resolve("model");
        SceneWriter.write(scenes, new SyntheticScenes(3, 96, 64).samples(0, 4), Progress.NONE);
    }

    private Run dhmq(String command, String... more) {
        List<String> words = new ArrayList<>(List.of(command.split(" ")));
        words.addAll(List.of("--images", SceneWriter.images(scenes).toString()));
        words.addAll(List.of("--annotations", SceneWriter.annotations(scenes).toString()));
        words.addAll(List.of("--threads", "1"));
        words.addAll(List.of(more));
        return Run.dhmq(words.toArray(String[]::new));
    }

    private JsonNode search(String options) throws IOException {
        Path out = folder.resolve("plan" + options.hashCode());
        Run run =
                dhmq("search --calibration-images 2 " + options, "--model", model.toString(), "--out", out.toString());
        assertThat(run.code()).as(run.err()).isZero();
        assertThat(dhmq("eval --json --plan " + out.resolve("plan.json"), "--model", model.toString())
                        .code())
                .isZero();
        return new ObjectMapper().readTree(out.resolve("plan.json").toFile());
    }

    @Test
    void fasterRcnnIsTrainedSearchedAndJudged() throws IOException {
        Run training = dhmq(
                "train --model fasterrcnn --base-width 8 --fpn-channels 8 --head-width 16 --proposals 20"
                        + " --region-samples 16 --size 96x64 --resize letterbox --epochs 1 --average 0.9",
                "--out",
                model.toString());
        assertThat(training.code()).as(training.err()).isZero();
        assertThat(Files.readString(model.resolve("model.json"))).contains("\"headWidth\" : 16", "letterbox");

        for (String objective : List.of("effect", "task")) {
            JsonNode plan = search("--ratio 5 --objective " + objective);
            assertThat(plan.get("layers")).hasSize(35);
            assertThat(plan.get("compressionRatio").asDouble()).isGreaterThanOrEqualTo(5);
        }
        assertThat(search("--ratio 4.2 --start hutchinson --probes 1")
                        .at("/cost/hessianVectorProducts")
                        .asInt())
                .isEqualTo(1);
    }

    @Test
    void aScriptedDetectorIsSearchedAndJudged() throws IOException {
        Files.createDirectories(model);
        Files.writeString(model.resolve("model.json"), SCRIPTED);
        ScriptedTiny.write(model.resolve("model.pt"), true);

        JsonNode plan = search("--ratio 5");
        assertThat(plan.get("layers")).hasSize(5);
        assertThat(plan.at("/settings/objective").asText()).isEqualTo("effect");
    }

    @Test
    void withoutRawOutputsTheObjectiveIsTaskAndASentenceSaysSo() throws IOException {
        Files.createDirectories(model);
        Files.writeString(model.resolve("model.json"), SCRIPTED);
        ScriptedTiny.write(model.resolve("model.pt"), false);

        assertThat(search("--ratio 5 --start hutchinson --probes 1")
                        .at("/settings/objective")
                        .asText())
                .isEqualTo("task");
        Run run =
                dhmq("search --ratio 5 --calibration-images 1", "--model", model.toString(), "--out", model.toString());
        assertThat(run.err()).contains("no method dhmq_raw_outputs", "the objective is task instead");
    }

    @Test
    void aScriptedDetectorThatIsNotThereIsRefusedInASentence() throws IOException {
        Files.createDirectories(model);
        Files.writeString(model.resolve("model.json"), SCRIPTED);

        Run run = dhmq("eval --json", "--model", model.toString());

        assertThat(run.code()).isEqualTo(2);
        assertThat(run.err()).contains("model.pt is missing");
    }
}
