package dev.dhmq.cli;

import static org.assertj.core.api.Assertions.assertThat;

import dev.dhmq.Progress;
import dev.dhmq.data.SampleSource;
import dev.dhmq.data.SceneWriter;
import dev.dhmq.data.SyntheticScenes;
import dev.dhmq.model.DetectorCheckpoint;
import dev.dhmq.model.TinyDetector;
import dev.dhmq.model.TorchvisionDetector;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.io.TempDir;

/** {@code search}, {@code pack} and {@code eval} one after the other, on a few scenes and a tiny detector. */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class PackCommandTest {
    private Path folder = Path.of("");
    private Path scenes = Path.of("");
    private Path model = Path.of("");
    private Path plan = Path.of("");

    @BeforeAll
    void makeModelAndPlan(@TempDir Path temporary) {
        folder = temporary;
        scenes = folder.resolve("scenes");
        model = folder.resolve("model");
        SampleSource samples = new SyntheticScenes(3, 96, 64).samples(0, 4);
        SceneWriter.write(scenes, samples, Progress.NONE);
        try (TorchvisionDetector detector =
                TorchvisionDetector.create(TinyDetector.config("retinanet", samples.classes()))) {
            detector.initialize(1);
            DetectorCheckpoint.save(model, detector, Map.of());
        }
        Run search = data(
                "search --calibration-images 2 --ratio 5 --activation-bits 8 --out " + folder.resolve("found"), model);
        assertThat(search.code()).as(search.err()).isZero();
        plan = folder.resolve("found/plan.json");
    }

    /** A command on the scenes. */
    private Run data(String line, Path detector, String... more) {
        return Run.dhmq(Stream.of(
                        Stream.of(line.split(" ")),
                        Stream.of(
                                "--model",
                                detector.toString(),
                                "--images",
                                SceneWriter.images(scenes).toString(),
                                "--annotations",
                                SceneWriter.annotations(scenes).toString()),
                        Stream.of(more))
                .flatMap(part -> part)
                .toArray(String[]::new));
    }

    private Run pack(Path from, Path byPlan, Path out) {
        return Run.dhmq("pack", "--model", from.toString(), "--plan", byPlan.toString(), "--out", out.toString());
    }

    @Test
    void thePackedDetectorIsJudgedAsThePlanIs() throws IOException {
        Path packed = folder.resolve("packed");
        Run run = pack(model, plan, packed);
        assertThat(run.code()).as(run.err()).isZero();
        assertThat(run.out()).contains("packed/model.safetensors", "MB", "quantizes activations too");
        assertThat(Files.size(packed.resolve("model.safetensors")))
                .isLessThan(Files.size(model.resolve("model.safetensors")) / 2);

        Run planned = data("eval --json", model, "--plan", plan.toString());
        Run ofPacked = data(
                "eval --json", packed, "--plan", packed.resolve("plan.json").toString());
        assertThat(ofPacked.code()).as(ofPacked.err()).isZero();
        assertThat(ofPacked.out()).isEqualTo(planned.out());
        Run alone = data("eval --json", packed);
        assertThat(alone.code()).as(alone.err()).isZero();

        Path again = folder.resolve("again");
        assertThat(pack(packed, packed.resolve("plan.json"), again).code()).isZero();
        assertThat(data("eval --json", again).out()).isEqualTo(alone.out());
    }

    @Test
    void aPackedDetectorIsUnpackedAndPackedAgain() throws IOException {
        Path packed = folder.resolve("to-unpack");
        assertThat(pack(model, plan, packed).code()).isZero();
        Path unpacked = folder.resolve("unpacked");
        Run run = Run.dhmq("convert", "--model", packed.toString(), "--out", unpacked.toString());
        assertThat(run.code()).as(run.err()).isZero();
        assertThat(run.out()).contains("beside it model.json, scales.safetensors, plan.json.");
        ConvertCommandTest.assertSameWeights(packed, unpacked);
        assertThat(Files.size(unpacked.resolve("model.safetensors")))
                .isGreaterThan(2 * Files.size(packed.resolve("model.safetensors")));

        Path repacked = folder.resolve("repacked");
        assertThat(pack(unpacked, unpacked.resolve("plan.json"), repacked).code())
                .isZero();
        ConvertCommandTest.assertSameWeights(packed, repacked);

        Files.copy(plan, packed.resolve("plan.json"), StandardCopyOption.REPLACE_EXISTING);
        Run foreign = Run.dhmq(
                "convert",
                "--model",
                packed.toString(),
                "--out",
                folder.resolve("no-plan").toString());
        assertThat(foreign.code()).isZero();
        assertThat(foreign.err()).contains("was made for another checkpoint and is left behind");
        assertThat(folder.resolve("no-plan/plan.json")).doesNotExist();
    }

    @Test
    void whatCannotBePackedIsRefused() throws IOException {
        refused(pack(model, plan, model), "would write over the model itself");
        refused(pack(model, folder.resolve("nowhere.json"), folder.resolve("x")), "nowhere.json");
        Path other = folder.resolve("other");
        try (TorchvisionDetector detector = TinyDetector.create(7)) {
            DetectorCheckpoint.save(other, detector, Map.of());
        }
        refused(pack(other, plan, folder.resolve("x")), "another checkpoint");
        Path scripted = Files.createDirectories(folder.resolve("scripted"));
        Files.writeString(
                scripted.resolve("model.json"),
                "{\"detector\": \"torchscript\", \"classes\": [{\"id\": 1, \"name\": \"a\"}]}");
        refused(pack(scripted, plan, folder.resolve("x")), "scripted detector");
        assertThat(folder.resolve("x/model.safetensors")).doesNotExist();
    }

    private static void refused(Run run, String named) {
        assertThat(run.code()).as(run.err()).isEqualTo(2);
        assertThat(run.err()).contains(named);
        assertThat(run.err().lines().filter(line -> line.startsWith("dhmq:"))).hasSize(1);
    }
}
