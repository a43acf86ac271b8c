package dev.dhmq.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.dhmq.Progress;
import dev.dhmq.data.SceneWriter;
import dev.dhmq.data.SyntheticScenes;
import dev.dhmq.model.DetectionModel;
import dev.dhmq.model.DetectorCheckpoint;
import dev.dhmq.model.TorchvisionDetector;
import dev.dhmq.model.checkpoint.ModelDirectory;
import dev.dhmq.model.network.Tensors;
import java.io.IOException;
import java.lang.foreign.ValueLayout;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.io.TempDir;

/** {@code train}, {@code search} and {@code eval} one after the other, on a few scenes and a tiny detector. */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class DetectorCommandsTest {

    private Path folder = Path.of("");
    private Path scenes = Path.of("");
    private Path model = Path.of("");
    private Run training = new Run(-1, "", "");

    @BeforeAll
    void train(@TempDir Path temporary) {
        folder = temporary;
        scenes = folder.resolve("scenes");
        model = folder.resolve("model");
        SceneWriter.write(scenes, new SyntheticScenes(3, 96, 64).samples(0, 6), Progress.NONE);
        training = Run.dhmq(with(
                "train --backbone resnet18 --base-width 8 --fpn-channels 8 --size 96x64 --epochs 1 --batch 3",
                "--images",
                SceneWriter.images(scenes).toString(),
                "--annotations",
                annotations(),
                "--val-annotations",
                annotations(),
                "--out",
                model.toString()));
    }

    private String annotations() {
        return SceneWriter.annotations(scenes).toString();
    }

    /** The words of a line, and more arguments that may hold spaces. */
    private static String[] with(String line, String... more) {
        return Stream.concat(Stream.of(line.split(" ")), Stream.of(more)).toArray(String[]::new);
    }

    private Run search(Path out, String options) {
        return Run.dhmq(with(
                "search --calibration-images 3 --threads 1 " + options,
                "--model",
                model.toString(),
                "--images",
                SceneWriter.images(scenes).toString(),
                "--annotations",
                annotations(),
                "--out",
                out.toString()));
    }

    private Run eval(Path detector, String... more) {
        return Run.dhmq(with(
                "eval --json",
                Stream.concat(
                                Stream.of(
                                        "--model",
                                        detector.toString(),
                                        "--images",
                                        SceneWriter.images(scenes).toString(),
                                        "--annotations",
                                        annotations()),
                                Stream.of(more))
                        .toArray(String[]::new)));
    }

    @Test
    void trainWritesTheModelAndJudgesIt() {
        assertThat(training.err()).contains("Training");
        assertThat(training.code()).isZero();
        assertThat(training.out()).contains("AP50").contains("model.safetensors");
        assertThat(model.resolve("model.safetensors")).exists();
        assertThat(model.resolve("model.json")).exists();
    }

    @Test
    void searchWritesAPlanThatMeetsTheRatioAndEvalAppliesIt() throws IOException {
        Path out = folder.resolve("plan");
        Run run = search(out, "--ratio 5");
        assertThat(run.code()).as(run.err()).isZero();
        Path plan = out.resolve("plan.json");
        JsonNode json = new ObjectMapper().readTree(plan.toFile());
        assertThat(json.get("compressionRatio").asDouble()).isGreaterThanOrEqualTo(5);
        assertThat(json.get("layers")).hasSize(38);
        assertThat(json.at("/settings/objective").asText()).isEqualTo("effect");
        assertThat(json.at("/cost/gradients").asInt()).isGreaterThan(2);
        assertThat(json.get("trajectory").get(0).get("measuredLossChange").isNumber())
                .isTrue();

        assertThat(eval(model, "--plan", plan.toString()).code()).isZero();
        assertThat(eval(model, "--uniform-bits", "4").code()).isZero();
    }

    @Test
    void theSameSearchGivesTheSamePlanByteForByte() throws IOException {
        for (String objective : List.of("effect", "corrected-effect", "task")) {
            Path first = folder.resolve("first-" + objective);
            Path second = folder.resolve("second-" + objective);
            String options = "--ratio 4.5 --seed 7 --objective " + objective;
            Run run = search(first, options);
            assertThat(run.code()).isZero();
            assertThat(run.err().contains("Apply it with dhmq correct")).isEqualTo(objective.startsWith("corrected"));
            assertThat(search(second, options).code()).isZero();
            assertThat(second.resolve("plan.json")).hasSameBinaryContentAs(first.resolve("plan.json"));
        }
    }

    @Test
    void everyStartSensitivityAndRuleFindsAPlan() {
        for (String options : List.of(
                "--start secant --sensitivity curvature",
                "--start hutchinson --probes 2 --rule lowest-sensitivity --memory 0",
                "--layers-per-step 1 --task-weights 1 2 --pin *cls_logits* --exclude backbone.body.conv1.weight",
                "--without refresh,damping --without floor")) {
            Run run = search(folder.resolve("variant" + options.hashCode()), "--mean-bits 7.5 --bits 4,8 " + options);
            assertThat(run.code()).as(options + ": " + run.err()).isZero();
        }
    }

    @Test
    void predictingByTaskChangesNoPlan() throws IOException {
        Path plain = folder.resolve("plain");
        Path told = folder.resolve("told");
        assertThat(search(plain, "--ratio 5").code()).isZero();
        Run run = search(told, "--ratio 5 --by-task");
        assertThat(run.code()).as(run.err()).isZero();
        ObjectMapper mapper = new ObjectMapper();
        JsonNode expected = mapper.readTree(plain.resolve("plan.json").toFile());
        JsonNode plan = mapper.readTree(told.resolve("plan.json").toFile());
        assertThat(plan.get("layers")).isEqualTo(expected.get("layers"));
        assertThat(plan.at("/cost/gradients").intValue())
                .isEqualTo(2 * expected.at("/cost/gradients").intValue());
        assertThat(plan.get("trajectory")).isNotEmpty().allSatisfy(step -> {
            double classification = step.at("/predictedByTask/classification").doubleValue();
            double regression = step.at("/predictedByTask/regression").doubleValue();
            JsonNode weights = plan.at("/settings/taskWeights");
            double sum = weights.get("classification").doubleValue() * classification
                    + weights.get("regression").doubleValue() * regression;
            double whole = step.get("predictedLossChange").doubleValue();
            assertThat(sum).isCloseTo(whole, within(1e-9 * (Math.abs(classification) + Math.abs(regression))));
        });

        Run impossible = search(folder.resolve("impossible"), "--ratio 5 --by-task --task-weights 1 0");
        assertThat(impossible.code()).isEqualTo(ExitCode.BAD_INPUT);
        assertThat(impossible.err()).contains("regression does not enter");
        Run unknown = search(folder.resolve("unknown"), "--ratio 5 --without refesh");
        assertThat(unknown.code()).isNotZero();
        assertThat(unknown.err()).contains("none of refresh, damping, floor", "refresh?");
    }

    @Test
    void aFinishedSearchIsGoneOnWithAndAnotherOneKeepsItsHandsOff() throws IOException {
        Path out = folder.resolve("journal");
        assertThat(search(out, "--ratio 4.2").err()).doesNotContain("Going on");
        Run tighter = search(out, "--ratio 4.6");
        assertThat(tighter.code()).isZero();
        assertThat(tighter.err()).contains("Going on after step ");
        Path alone = folder.resolve("alone");
        assertThat(search(alone, "--ratio 4.6").code()).isZero();
        assertThat(out.resolve("plan.json")).hasSameBinaryContentAs(alone.resolve("plan.json"));
        Run other = search(out, "--ratio 4.6 --seed 3");
        assertThat(other.code()).isEqualTo(ExitCode.BAD_INPUT);
        assertThat(other.err()).contains("search.journal is the journal of another search");
    }

    @Test
    void severalRatiosGiveAPlanEach() {
        Path out = folder.resolve("several");
        assertThat(search(out, "--ratio 4.2,4.6").code()).isZero();
        assertThat(out.resolve("plan-1.json")).exists();
        assertThat(out.resolve("plan-2.json")).exists();
    }

    @Test
    void theSmallestIsTheEndOfACurveOfAllSizes() throws IOException {
        Path out = folder.resolve("smallest");
        assertThat(search(out, "--smallest --bits 2,4,8 --layers-per-step 12").code())
                .isZero();
        JsonNode plan = new ObjectMapper().readTree(out.resolve("plan.json").toFile());
        assertThat(plan.get("layers")).allMatch(layer -> layer.get("bits").intValue() == 2);
        List<String> curve = Files.readAllLines(out.resolve("pareto.csv"));
        assertThat(curve.getFirst()).startsWith("step,bytes,compression_ratio,loss,");
        List<Long> bytes = curve.stream()
                .skip(1)
                .map(row -> Long.parseLong(row.split(",", -1)[1]))
                .toList();
        assertThat(bytes).hasSizeGreaterThan(2).isSortedAccordingTo(Comparator.reverseOrder());
        assertThat(bytes.getLast()).isEqualTo(plan.get("bytes").longValue());
    }

    @Test
    void bitOperationsAreABudgetOfTheirOwn() throws IOException {
        Path out = folder.resolve("bops");
        Run refused = search(out, "--bops 0.000001 --activation-bits 8");
        assertThat(refused.code()).isEqualTo(ExitCode.BAD_INPUT);
        Matcher least = Pattern.compile("at 2 bits it is ([0-9.e-]+) billion bit operations")
                .matcher(refused.err());
        assertThat(least.find()).as(refused.err()).isTrue();
        double twice = 2 * Double.parseDouble(least.group(1));
        assertThat(search(out, "--bops " + twice + " --activation-bits 8").code())
                .isZero();
        JsonNode plan = new ObjectMapper().readTree(out.resolve("plan.json").toFile());
        assertThat(plan.get("budget").textValue())
                .contains("billion bit operations an image with activations of 8 bits");
        assertThat(plan.get("meanBits").doubleValue()).isLessThan(8);
        assertThat(search(folder.resolve("bops-mixed"), "--bops 1 --activation-mean-bits 6")
                        .err())
                .contains("--bops counts activations of one width");
    }

    @Test
    void aRatioThatCannotBeReachedSaysWhatCan() {
        Path out = folder.resolve("too-small");
        Run run = search(out, "--ratio 40");
        assertThat(run.code()).isEqualTo(2);
        assertThat(run.err()).contains("cannot reach a compression ratio of 40.0", "at 2 bits it is 14.98");
        assertThat(out.resolve("plan.json")).doesNotExist();
    }

    @Test
    void aPlanOfAnotherCheckpointIsRefused() throws IOException {
        Path out = folder.resolve("foreign");
        assertThat(search(out, "--ratio 4.2").code()).isZero();
        Path other = folder.resolve("other-model");
        try (TorchvisionDetector detector = TorchvisionDetector.create(new ModelDirectory(model).readConfig())) {
            detector.initialize(99);
            DetectorCheckpoint.save(other, detector, Map.of());
        }
        Run run = eval(other, "--plan", out.resolve("plan.json").toString());
        assertThat(run.code()).isEqualTo(2);
        assertThat(run.err()).contains("another checkpoint");
    }

    @Test
    void weightsThatAreNoNumbersStopTheSearchWithTheLayersName() throws IOException {
        Path broken = folder.resolve("nan-model");
        try (DetectionModel detector = DetectorCheckpoint.load(model)) {
            float[] values = Tensors.floats(detector.weights().tensors().get(3));
            assertThat(values[5]).isFinite();
            detector.weights()
                    .weights()
                    .setAtIndex(
                            ValueLayout.JAVA_FLOAT,
                            detector.weights().layout().layer(3).offset() + 5,
                            Float.NaN);
            DetectorCheckpoint.save(broken, detector, Map.of());
        }
        Path out = folder.resolve("nan-plan");
        Run run = Run.dhmq(with(
                "search --ratio 5 --objective task --calibration-images 2",
                "--model",
                broken.toString(),
                "--images",
                SceneWriter.images(scenes).toString(),
                "--annotations",
                annotations(),
                "--out",
                out.toString()));
        assertThat(run.code()).isEqualTo(2);
        assertThat(run.err()).contains("backbone.body.layer1.1.conv1.weight").contains("NaN");
        assertThat(run.err().lines().filter(line -> line.startsWith("dhmq:"))).hasSize(1);
        assertThat(out.resolve("plan.json")).doesNotExist();
    }

    @Test
    void brokenCheckpointsAreRefusedInOneSentence() throws IOException {
        Path broken = folder.resolve("truncated");
        Files.createDirectories(broken);
        Files.copy(model.resolve("model.json"), broken.resolve("model.json"));
        Files.copy(model.resolve("model.safetensors"), broken.resolve("model.safetensors"));
        try (FileChannel file = FileChannel.open(broken.resolve("model.safetensors"), StandardOpenOption.WRITE)) {
            file.truncate(1000);
        }
        assertRefused(eval(broken), "model.safetensors");
        assertRefused(eval(folder.resolve("nowhere")), "nowhere");

        // A header that claims more bytes than memory has.
        try (FileChannel file = FileChannel.open(broken.resolve("model.safetensors"), StandardOpenOption.WRITE)) {
            file.write(ByteBuffer.allocate(8)
                    .order(ByteOrder.LITTLE_ENDIAN)
                    .putLong(Long.MAX_VALUE)
                    .flip());
        }
        assertRefused(eval(broken), "model.safetensors");
    }

    @Test
    void anImageThatIsNoImageIsNamed() throws IOException {
        Path bad = folder.resolve("bad-images");
        SceneWriter.write(bad, new SyntheticScenes(3, 96, 64).samples(0, 2), Progress.NONE);
        Path picture;
        try (Stream<Path> files = Files.list(SceneWriter.images(bad))) {
            picture = files.sorted().findFirst().orElseThrow();
        }
        Files.writeString(picture, "This is no picture.");
        Run run = Run.dhmq(with(
                "eval",
                "--model",
                model.toString(),
                "--images",
                SceneWriter.images(bad).toString(),
                "--annotations",
                SceneWriter.annotations(bad).toString()));
        assertRefused(run, picture.getFileName().toString());
    }

    @Test
    void optionsThatDoNotBelongTogetherAreRefused() {
        assertRefused(eval(model, "--plan", "a.json", "--uniform-bits", "4"), "mutually exclusive");
        assertRefused(Run.dhmq(with("eval --annotations x.json --model " + model)), "--images");
        assertRefused(search(folder.resolve("x"), "--ratio 5 --pin no-such-layer"), "no-such-layer");
        assertRefused(search(folder.resolve("x"), "--ratio 5 --start guess"), "joint-secant");
        assertRefused(search(folder.resolve("x"), "--ratio 5 --layers-per-step 0"), "--layers-per-step");
        assertRefused(search(folder.resolve("x"), "--ratio 5 --batch 0"), "--batch");
        assertRefused(search(folder.resolve("x"), "--ratio 5 --task-weights 0 0"), "Task weights");
    }

    private static void assertRefused(Run run, String named) {
        assertThat(run.code()).as(run.err()).isEqualTo(2);
        assertThat(run.err()).contains(named);
        assertThat(run.err().lines().filter(line -> line.startsWith("dhmq:"))).hasSize(1);
        assertThat(run.err()).doesNotContain("\tat ");
    }
}
