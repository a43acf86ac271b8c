package dev.dhmq.cli;

import static org.assertj.core.api.Assertions.assertThat;

import dev.dhmq.Progress;
import dev.dhmq.data.SampleSource;
import dev.dhmq.data.SceneWriter;
import dev.dhmq.data.SyntheticScenes;
import dev.dhmq.model.DetectorCheckpoint;
import dev.dhmq.model.DetectorConfig;
import dev.dhmq.model.TinyDetector;
import dev.dhmq.model.TorchvisionDetector;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.io.TempDir;

/** {@code report} on what {@code search}, {@code compare} and {@code eval} of a tiny detector have left. */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class ReportCommandTest {
    private Path folder = Path.of("");
    private Path model = Path.of("");
    private Path images = Path.of("");
    private Path annotations = Path.of("");
    private Path first = Path.of("");
    private Path second = Path.of("");

    @BeforeAll
    void prepare(@TempDir Path temporary) throws IOException {
        folder = temporary;
        model = folder.resolve("model");
        SampleSource samples = new SyntheticScenes(3, 96, 64).samples(0, 4);
        Path scenes = folder.resolve("scenes");
        SceneWriter.write(scenes, samples, Progress.NONE);
        images = SceneWriter.images(scenes);
        annotations = SceneWriter.annotations(scenes);
        save(model, TinyDetector.config(DetectorConfig.RETINANET, samples.classes()), 1);
        Run search = run("search --threads 1 --calibration-images 2 --ratio 4.2,5 --activation-bits 8", "plans");
        assertThat(search.code()).as(search.err()).isZero();
        first = folder.resolve("plans/plan-1.json");
        second = folder.resolve("plans/plan-2.json");
        Run compare = run(
                "compare --threads 1 --calibration-images 2 --methods uniform,dhmq --ratio 5 --seeds 0 --judge "
                        + annotations,
                "comparison");
        assertThat(compare.code()).as(compare.err()).isZero();
        Run eval = Run.dhmq(
                "eval",
                "--json",
                "--model",
                model.toString(),
                "--images",
                images.toString(),
                "--annotations",
                annotations.toString());
        Files.writeString(folder.resolve("float.json"), eval.out());
    }

    private static void save(Path to, DetectorConfig config, long seed) {
        try (TorchvisionDetector detector = TorchvisionDetector.create(config)) {
            detector.initialize(seed);
            DetectorCheckpoint.save(to, detector, Map.of());
        }
    }

    private Run run(String line, String out) {
        return Run.dhmq(Stream.concat(
                        Stream.of(line.split(" ")),
                        Stream.of(
                                "--model",
                                model.toString(),
                                "--images",
                                images.toString(),
                                "--annotations",
                                annotations.toString(),
                                "--out",
                                folder.resolve(out).toString()))
                .toArray(String[]::new));
    }

    private static Run report(Path out, String... more) {
        return Run.dhmq(Stream.concat(Stream.of("report", "--out", out.toString()), Stream.of(more))
                .toArray(String[]::new));
    }

    @Test
    void theHelpShowsExamplesThatFitAnOrdinaryTerminal() {
        Run help = Run.dhmq("report", "--help");
        assertThat(help.code()).isZero();
        assertThat(help.out()
                        .lines()
                        .dropWhile(line -> !line.equals("Examples:"))
                        .skip(1))
                .isNotEmpty()
                .allMatch(line -> line.startsWith("  dhmq ") || line.startsWith("      "));
    }

    @Test
    void plansAloneMakeAReport() throws IOException {
        Path out = folder.resolve("new/plain.html");
        Run run = report(out, "--plan", first + "," + second);
        assertThat(run.code()).as(run.err()).isZero();
        assertThat(run.out()).contains("plain.html: 2 plans, " + Files.size(out) + " bytes");
        assertThat(out)
                .content()
                .startsWith("<!DOCTYPE html>")
                .contains("id=\"bits\"", "Activations", "backbone.body.conv1.weight")
                .doesNotContain("id=\"pareto\"", "id=\"detections\"");
        Path again = folder.resolve("again.html");
        assertThat(report(again, "--plan", first.toString(), second.toString()).code())
                .isZero();
        assertThat(again).hasSameBinaryContentAs(out);
    }

    @Test
    void everythingMakesAWholeOne() {
        Path out = folder.resolve("whole.html");
        Run run = report(
                out,
                "--plan",
                second.toString(),
                "--compare",
                folder.resolve("comparison/compare.json").toString(),
                "--eval",
                "as it is=" + folder.resolve("float.json"),
                "--model",
                model.toString(),
                "--images",
                images.toString(),
                "--annotations",
                annotations.toString(),
                "--pictures",
                "2",
                "--min-score",
                "0",
                "--threads",
                "1",
                "--title",
                "Tiny & <new>");
        assertThat(run.code()).as(run.err()).isZero();
        assertThat(run.err()).contains("Detecting");
        assertThat(out)
                .content()
                .contains(
                        "<h1>Tiny &amp; &lt;new&gt;</h1>",
                        "id=\"pareto\"",
                        "id=\"comparison\"",
                        "as it is",
                        "id=\"photo-2\"",
                        "annotated: ",
                        "class=\"box s")
                .doesNotContain("id=\"photo-3\"");
    }

    @Test
    void aFolderOfPicturesNeedsNoAnnotations() {
        Path out = folder.resolve("unannotated.html");
        Run run = report(
                out,
                "--plan",
                first.toString(),
                "--model",
                model.toString(),
                "--images",
                images.toString(),
                "--pictures",
                "1");
        assertThat(run.code()).as(run.err()).isZero();
        assertThat(out)
                .content()
                .contains("RetinaNet with ResNet-18", "id=\"photo-1\"")
                .doesNotContain("annotated: ");
    }

    @Test
    void whatCannotBeIsRefusedInOneSentenceAndLeavesNothing() throws IOException {
        Path out = folder.resolve("refused.html");
        String plan = first.toString();
        assertRefused(report(out), "--plan");
        assertRefused(report(out, "--plan", "nowhere.json"), "nowhere.json does not exist");
        assertRefused(report(out, "--plan", plan, plan), "is named twice");
        assertRefused(report(out, "--plan", plan, "--compare", plan), "is not a comparison");
        assertRefused(report(out, "--plan", plan, "--eval", plan), "--eval");
        assertRefused(report(out, "--plan", plan, "--eval", "x=" + plan), "the key \"AP\" is missing");
        assertRefused(report(out, "--plan", plan, "--model", model.toString()), "--model needs --images");
        assertRefused(report(out, "--plan", plan, "--images", images.toString()), "--images needs --model");
        assertRefused(report(out, "--plan", plan, "--annotations", annotations.toString()), "--annotations are of");
        assertRefused(report(out, "--plan", plan, "--pictures", "0"), "--pictures");
        assertRefused(report(out, "--plan", plan, "--min-score", "2"), "not a number from 0 to 1");
        assertRefused(report(folder, "--plan", plan), "is a folder");
        Path empty = Files.createDirectories(folder.resolve("empty"));
        assertRefused(
                report(out, "--plan", plan, "--model", model.toString(), "--images", empty.toString()),
                "holds no JPEG or PNG picture");
        Path other = folder.resolve("other");
        save(
                other,
                TinyDetector.config(
                        DetectorConfig.RETINANET,
                        new SyntheticScenes(3, 96, 64).samples(0, 1).classes()),
                9);
        assertRefused(
                report(out, "--plan", plan, "--model", other.toString(), "--images", images.toString()),
                "another checkpoint");
        assertThat(out).doesNotExist();
    }

    private static void assertRefused(Run run, String named) {
        assertThat(run.code()).as(run.err()).isEqualTo(ExitCode.BAD_INPUT);
        assertThat(run.err()).contains(named);
        assertThat(run.err().lines().filter(line -> line.startsWith("dhmq:"))).hasSize(1);
        assertThat(run.err()).doesNotContain("\tat ");
    }
}
