package dev.dhmq.cli;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.dhmq.Progress;
import dev.dhmq.data.SampleSource;
import dev.dhmq.data.SceneWriter;
import dev.dhmq.data.SyntheticScenes;
import dev.dhmq.model.DetectorCheckpoint;
import dev.dhmq.model.TinyDetector;
import dev.dhmq.model.TorchvisionDetector;
import dev.dhmq.model.checkpoint.ModelDirectory;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.io.TempDir;

/** {@code search}, {@code finetune} and {@code eval} one after the other, on a few scenes and a tiny detector. */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class FinetuneCommandTest {
    private static final ObjectMapper JSON = new ObjectMapper();

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
        Run search =
                data("search --calibration-images 2 --ratio 6 --pin *cls_logits* --out " + folder.resolve("found"));
        assertThat(search.code()).as(search.err()).isZero();
        plan = folder.resolve("found/plan.json");
    }

    /** A command on the scenes and the model. */
    private Run data(String line, String... more) {
        return Run.dhmq(Stream.of(
                        Stream.of(line.split(" ")),
                        Stream.of(
                                "--model",
                                model.toString(),
                                "--images",
                                SceneWriter.images(scenes).toString(),
                                "--annotations",
                                annotations()),
                        Stream.of(more))
                .flatMap(part -> part)
                .toArray(String[]::new));
    }

    private String annotations() {
        return SceneWriter.annotations(scenes).toString();
    }

    private Run finetune(Path byPlan, String out, String... more) {
        return data(
                "finetune --epochs 2 --batch 2 --threads 1",
                Stream.concat(
                                Stream.of(
                                        "--plan",
                                        byPlan.toString(),
                                        "--out",
                                        folder.resolve(out).toString()),
                                Stream.of(more))
                        .toArray(String[]::new));
    }

    private Run eval(Path detector, String... more) {
        return Run.dhmq(Stream.concat(
                        Stream.of(
                                "eval",
                                "--json",
                                "--model",
                                detector.toString(),
                                "--images",
                                SceneWriter.images(scenes).toString(),
                                "--annotations",
                                annotations()),
                        Stream.of(more))
                .toArray(String[]::new));
    }

    @Test
    void aCorrectedDetectorIsTheSameWithItsPlanAndWithout() {
        Path out = folder.resolve("corrected");
        Run run = data("correct --threads 1 --plan " + plan + " --out " + out);
        assertThat(run.code()).as(run.err()).isZero();
        assertThat(run.out()).contains("scales.safetensors", "corrected on 4 images");
        Run alone = eval(out);
        Run planned = eval(out, "--plan", out.resolve("plan.json").toString());
        assertThat(planned.code()).as(planned.err()).isZero();
        assertThat(planned.out()).isEqualTo(alone.out());

        Run over = data("correct --plan " + plan + " --out " + model);
        assertThat(over.code()).isEqualTo(ExitCode.BAD_INPUT);
        assertThat(over.err()).contains("would write over the model itself");
    }

    @Test
    void theResultIsTheSameWithItsPlanAndWithout() throws IOException {
        for (String options : List.of("--method lsq --distill 0.5", "--method ste --average 0.5 --vertical-flips")) {
            Path out = folder.resolve(options);
            Run run = finetune(
                    plan,
                    options,
                    Stream.concat(Stream.of(options.split(" ")), Stream.of("--val-annotations", annotations()))
                            .toArray(String[]::new));
            assertThat(run.code()).as(run.err()).isZero();
            assertThat(run.out()).contains("scales.safetensors", "AP ");

            Run alone = eval(out);
            Run planned = eval(out, "--plan", out.resolve("plan.json").toString());
            assertThat(planned.code()).as(planned.err()).isZero();
            assertThat(planned.out()).isEqualTo(alone.out());
            ObjectNode before = (ObjectNode) JSON.readTree(plan.toFile());
            assertThat(JSON.readTree(out.resolve("plan.json").toFile()))
                    .isEqualTo(before.put("modelSha256", new ModelDirectory(out).sha256()));
        }
    }

    @Test
    void compensationMovesTheWeightsOfAFloatDetector() {
        Path plain = folder.resolve("not-compensated");
        Path out = folder.resolve("compensated");
        String command = "correct --threads 1 --calibration-images 4 --batch 2 --plan " + plan;
        Run without = data(command + " --out " + plain);
        assertThat(without.code()).as(without.err()).isZero();
        Run with = data(command + " --compensate 2 --out " + out);
        assertThat(with.code()).as(with.err()).isZero();
        assertThat(with.out()).containsPattern("Compensated in [12] steps, [2-9] gradients: loss on the calibration");
        assertThat(new ModelDirectory(out).sha256()).isNotEqualTo(new ModelDirectory(plain).sha256());
        Run alone = eval(out);
        Run planned = eval(out, "--plan", out.resolve("plan.json").toString());
        assertThat(planned.out()).isEqualTo(alone.out());

        refused(
                Run.dhmq(("correct --compensate 2 --model " + out + " --plan " + out.resolve("plan.json")
                                + " --images " + SceneWriter.images(scenes) + " --annotations " + annotations()
                                + " --out " + folder.resolve("x"))
                        .split(" ")),
                "on the plan's grid already and cannot be compensated");
        assertThat(folder.resolve("x")).doesNotExist();
    }

    /** What a training ends with tells where it began. */
    @Test
    void correctsFirstUnlessThatWasDone() {
        String corrected = tuned("begins-corrected", model, plan);
        String not = tuned("begins-not", model, plan, "--calibration-images", "0");
        assertThat(corrected).isNotEqualTo(not);

        Path before = folder.resolve("corrected-before");
        Run correct = data("correct --threads 1 --plan " + plan + " --out " + before);
        assertThat(correct.code()).as(correct.err()).isZero();
        Path copy = before.resolve("plan.json");
        assertThat(tuned("begins-there", before, copy)).isEqualTo(corrected);
        assertThat(tuned("begins-there-too", before, copy, "--calibration-images", "0"))
                .isEqualTo(corrected);
    }

    /** The weights that come of it, as their hash. */
    private String tuned(String out, Path detector, Path byPlan, String... more) {
        Path results = folder.resolve(out);
        Run run = Run.dhmq(Stream.concat(
                        Stream.of(("finetune --epochs 1 --batch 2 --threads 1 --model " + detector + " --plan " + byPlan
                                        + " --images " + SceneWriter.images(scenes) + " --annotations " + annotations()
                                        + " --out " + results)
                                .split(" ")),
                        Stream.of(more))
                .toArray(String[]::new));
        assertThat(run.code()).as(run.err()).isZero();
        return new ModelDirectory(results).sha256();
    }

    @Test
    void activationsHaveTheirRangesChosenAgain() throws IOException {
        Run search = data("search --calibration-images 2 --ratio 6 --activation-bits 8 --threads 1 --out "
                + folder.resolve("with-activations"));
        assertThat(search.code()).as(search.err()).isZero();
        Path byPlan = folder.resolve("with-activations/plan.json");
        for (String images : List.of("4", "0")) {
            String out = "tuned-with-activations-" + images;
            Run run = finetune(byPlan, out, "--learning-rate", "0.01", "--calibration-images", images);
            assertThat(run.code()).as(run.err()).isZero();
            Run planned = eval(
                    folder.resolve(out),
                    "--plan",
                    folder.resolve(out).resolve("plan.json").toString());
            assertThat(planned.code()).as(planned.err()).isZero();
            boolean kept = JSON.readTree(
                            folder.resolve(out).resolve("plan.json").toFile())
                    .get("activations")
                    .equals(JSON.readTree(byPlan.toFile()).get("activations"));
            assertThat(kept).as("ranges kept with " + images + " images").isEqualTo(images.equals("0"));
        }
    }

    @Test
    void whatCannotBeFineTunedIsRefused() throws IOException {
        refused(finetune(plan, "x", "--distill", "-1"), "at least 0, not -1.0");
        refused(finetune(plan, "x", "--learning-rate", "0"), "positive learning rate");
        refused(finetune(plan, "x", "--method", "adaround"), "lsq, ste");
        refused(finetune(plan, "x", "--epochs", "0"), "--epochs");
        refused(finetune(folder.resolve("nowhere.json"), "x"), "nowhere.json");
        refused(finetune(plan, "model"), "would write over the model itself");

        ObjectNode foreign = (ObjectNode) JSON.readTree(plan.toFile());
        foreign.put("modelSha256", "00");
        refused(finetune(stored("foreign.json", foreign), "x"), "another checkpoint");

        ObjectNode floats = (ObjectNode) JSON.readTree(plan.toFile());
        floats.get("layers").forEach(layer -> ((ObjectNode) layer).put("bits", 32));
        refused(finetune(stored("floats.json", floats), "x"), "leaves every layer in float32");
        refused(
                data("correct --plan " + stored("floats.json", floats) + " --out " + folder.resolve("x")),
                "leaves every layer in float32");
    }

    private Path stored(String name, ObjectNode json) throws IOException {
        Path file = folder.resolve(name);
        Files.write(file, JSON.writeValueAsBytes(json));
        return file;
    }

    private static void refused(Run run, String named) {
        assertThat(run.code()).as(run.err()).isEqualTo(2);
        assertThat(run.err()).contains(named);
        assertThat(run.err().lines().filter(line -> line.startsWith("dhmq:"))).hasSize(1);
    }
}
