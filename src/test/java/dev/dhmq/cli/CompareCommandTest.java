package dev.dhmq.cli;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.dhmq.Progress;
import dev.dhmq.data.SampleSource;
import dev.dhmq.data.SceneWriter;
import dev.dhmq.data.SyntheticScenes;
import dev.dhmq.model.DetectorCheckpoint;
import dev.dhmq.model.DetectorConfig;
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

/** {@code compare} on a few scenes and a tiny detector. */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class CompareCommandTest {
    private static final ObjectMapper JSON = new ObjectMapper();

    private Path folder = Path.of("");
    private Path scenes = Path.of("");
    private Path model = Path.of("");

    @BeforeAll
    void prepare(@TempDir Path temporary) {
        folder = temporary;
        scenes = folder.resolve("scenes");
        model = folder.resolve("model");
        SampleSource samples = new SyntheticScenes(3, 96, 64).samples(0, 4);
        SceneWriter.write(scenes, samples, Progress.NONE);
        save(model, TinyDetector.config(DetectorConfig.RETINANET, samples.classes()), 1);
    }

    /** Starting weights: what the methods do is the same as with trained ones. */
    private static void save(Path to, DetectorConfig config, long seed) {
        try (TorchvisionDetector detector = TorchvisionDetector.create(config)) {
            detector.initialize(seed);
            DetectorCheckpoint.save(to, detector, Map.of());
        }
    }

    private String annotations() {
        return SceneWriter.annotations(scenes).toString();
    }

    private static String[] with(String line, String... more) {
        return Stream.concat(Stream.of(line.split(" ")), Stream.of(more)).toArray(String[]::new);
    }

    private Run compare(Path detector, Path out, String options, String... more) {
        return Run.dhmq(with(
                "compare --threads 1 --calibration-images 2 " + options,
                Stream.concat(
                                Stream.of(
                                        "--model",
                                        detector.toString(),
                                        "--images",
                                        SceneWriter.images(scenes).toString(),
                                        "--annotations",
                                        annotations(),
                                        "--judge",
                                        annotations(),
                                        "--out",
                                        out.toString()),
                                Stream.of(more))
                        .toArray(String[]::new)));
    }

    private static JsonNode json(Path out) throws IOException {
        return JSON.readTree(out.resolve("compare.json").toFile());
    }

    @Test
    void everyMethodFillsItsCells() throws IOException {
        Path out = folder.resolve("all");
        Run run = compare(
                model,
                out,
                "--methods uniform,uniform-within,random,magnitude,magnitude-knapsack,hawq-v2,hawq-v2-knapsack,static,"
                        + "static-knapsack,dhmq --ratio 4.5,6 --seeds 5 --probes 2 --bits 2,4,8",
                "--variant",
                "task loss: --objective task --layers-per-step 8",
                "--variant",
                "one image: --calibration-images 1 --calibrate-on " + annotations());
        assertThat(run.code()).as(run.err()).isZero();
        JsonNode json = json(out);
        assertThat(json.get("cells")).hasSize(12 * 2);
        assertThat(run.out().lines()).hasSize(24);
        for (JsonNode cell : json.get("cells")) {
            String where = cell.get("method").asText() + " at " + cell.get("ratio");
            assertThat(cell.at("/metrics/AP").isNumber()).as(where).isTrue();
            assertThat(cell.get("bits")).hasSize(38);
            if (!cell.get("method").asText().equals("uniform")) {
                assertThat(cell.get("compressionRatio").asDouble())
                        .as(where)
                        .isGreaterThanOrEqualTo(cell.get("ratio").asDouble());
            }
            assertThat(cell.get("peakResidentBytes").asLong()).isPositive();
            int products = cell.at("/cost/hessianVectorProducts").asInt();
            assertThat(products).as(where).isEqualTo(cell.get("method").asText().startsWith("hawq-v2") ? 2 : 0);
            boolean search = List.of("dhmq", "task loss", "one image")
                    .contains(cell.get("method").asText());
            assertThat(cell.at("/cost/gradients").asInt() > 2).as(where).isEqualTo(search);
            assertThat(cell.has("freshRankCorrelation")).as(where).isEqualTo(cell.has("rankCorrelation"));
            assertThat(cell.has("staticRankCorrelation")).as(where).isEqualTo(cell.has("rankCorrelation"));
            assertThat(cell.path("freshRankCorrelation").doubleValue()).isBetween(-1.0, 1.0);
            // The objective effect is exactly zero at the float weights alone; starting weights feel little.
            assertThat(cell.at("/calibrationLoss/classification").asDouble()).isNotZero();
        }
        assertThat(Files.readString(out.resolve("compare.md")))
                .contains(
                        "## 4.5 times smaller", "## 6.0 times smaller", "| hawq-v2-knapsack | 1 |", "| task loss | 1 |")
                .contains("method task loss: --bits 2,4,8 --batch 8 --objective task --layers-per-step 8");
        assertThat(run.err()).contains("Comparing");
    }

    @Test
    void aStoppedComparisonGoesOnFromItsCells() throws IOException {
        Path whole = folder.resolve("whole");
        String options = "--methods uniform,magnitude,dhmq --ratio 4.5,5 --seeds 0";
        assertThat(compare(model, whole, options).code()).isZero();

        // As it stands when it is killed after four cells, the search's plans found but only one of them judged.
        Path stopped = folder.resolve("stopped");
        Files.createDirectories(stopped);
        ObjectNode json = (ObjectNode) json(whole);
        ArrayNode cells = (ArrayNode) json.get("cells");
        assertThat(cells).hasSize(6);
        ((ObjectNode) cells.get(5)).remove("metrics");
        // A number of its own shows whether a cell was done again.
        ((ObjectNode) cells.get(5)).put("seconds", 12345.5);
        ((ObjectNode) cells.get(4)).put("seconds", 54321.5);
        cells.remove(3);
        JSON.writeValue(stopped.resolve("compare.json").toFile(), json);

        Run again = compare(model, stopped, options);
        assertThat(again.code()).as(again.err()).isZero();
        assertThat(again.out().lines()).hasSize(2);
        assertThat(again.out()).contains("magnitude, seed 0, ratio 5.0").contains("dhmq, seed 0, ratio 5.0");
        JsonNode after = json(stopped);
        assertThat(after.get("cells")).hasSize(6);
        for (JsonNode cell : json(whole).get("cells")) {
            JsonNode same =
                    cell(after, cell.get("method").asText(), cell.get("ratio").asDouble());
            assertThat(same.get("metrics")).isEqualTo(cell.get("metrics"));
            assertThat(same.get("bits")).isEqualTo(cell.get("bits"));
            assertThat(same.get("calibrationLoss")).isEqualTo(cell.get("calibrationLoss"));
        }
        assertThat(cell(after, "dhmq", 4.5).get("seconds").asDouble()).isEqualTo(54321.5);
        assertThat(cell(after, "dhmq", 5).get("seconds").asDouble()).isEqualTo(12345.5);

        // What is judged may be judged once more, corrected; nothing is chosen again.
        Run corrected = compare(model, stopped, options + " --correct");
        assertThat(corrected.code()).as(corrected.err()).isZero();
        for (JsonNode cell : json(stopped).get("cells")) {
            assertThat(cell.at("/correctedMetrics/AP").isNumber()).isTrue();
            String method = cell.get("method").asText();
            double ratio = cell.get("ratio").asDouble();
            assertThat(cell.get("metrics"))
                    .isEqualTo(cell(json(whole), method, ratio).get("metrics"));
        }
        assertThat(cell(json(stopped), "dhmq", 5).get("seconds").asDouble()).isEqualTo(12345.5);

        // Methods and seeds may be added.
        Run more = compare(model, stopped, "--methods random,uniform --ratio 4.5,5 --seeds 0,1");
        assertThat(more.code()).as(more.err()).isZero();
        assertThat(more.out().lines()).hasSize(6);
        assertThat(json(stopped).get("cells")).hasSize(12);
        assertThat(Files.readString(stopped.resolve("compare.md"))).contains("| dhmq |", "| random |");
    }

    @Test
    void theSameBitsOnTheSameImagesAreCorrectedOnce() throws IOException {
        Path out = folder.resolve("once");
        String options = "--methods uniform --ratio 4.5,5 --seeds 0 --correct";
        assertThat(compare(model, out, options).code()).isZero();
        ObjectNode json = (ObjectNode) json(out);
        assertThat(cell(json, "uniform", 5).get("bits"))
                .isEqualTo(cell(json, "uniform", 4.5).get("bits"));
        // A number of its own shows where the second one comes from.
        ((ObjectNode) cell(json, "uniform", 4.5).get("correctedMetrics")).put("AP", 0.125);
        ((ObjectNode) cell(json, "uniform", 5)).remove("correctedMetrics");
        JSON.writeValue(out.resolve("compare.json").toFile(), json);
        assertThat(compare(model, out, options).code()).isZero();
        assertThat(cell(json(out), "uniform", 5).at("/correctedMetrics/AP").asDouble())
                .isEqualTo(0.125);
    }

    @Test
    void compensatedModelsAreJudgedBesideCorrectedOnes() throws IOException {
        Path out = folder.resolve("compensated");
        String options = "--methods uniform --ratio 5 --seeds 0 --correct";
        assertThat(compare(model, out, options).code()).isZero();
        ObjectNode before = (ObjectNode) cell(json(out), "uniform", 5);
        assertThat(before.has("compensatedMetrics")).isFalse();

        // Nothing that is there is judged again.
        Run run = compare(model, out, options + " --compensate 2");
        assertThat(run.code()).as(run.err()).isZero();
        assertThat(run.out()).containsPattern(", corrected AP 0\\.\\d+, compensated AP 0\\.\\d+;");
        ObjectNode after = (ObjectNode) cell(json(out), "uniform", 5);
        assertThat(after.at("/compensatedMetrics/AP").isNumber()).isTrue();
        ObjectNode without = after.deepCopy();
        without.remove("compensatedMetrics");
        assertThat((JsonNode) without).isEqualTo(before);
        assertThat(Files.readString(out.resolve("compare.md")))
                .contains("| AP lost, compensated |")
                .contains("compensationSteps: 2");

        assertRefused(compare(model, out, options + " --compensate 3"), "another comparison (compensationSteps was 2");
        assertThat(compare(model, out, options).code()).isZero();
        assertThat(cell(json(out), "uniform", 5)).isEqualTo((JsonNode) after);
        assertThat(json(out).at("/conditions/compensationSteps").asText()).isEqualTo("2");
    }

    private static JsonNode cell(JsonNode json, String method, double ratio) {
        for (JsonNode cell : json.get("cells")) {
            if (cell.get("method").asText().equals(method) && cell.get("ratio").asDouble() == ratio) {
                return cell;
            }
        }
        throw new AssertionError("no cell of " + method + " at " + ratio);
    }

    @Test
    void anotherComparisonsFileIsRefused() {
        Path out = folder.resolve("taken");
        String variant = "mine: --memory 0";
        assertThat(compare(model, out, "--methods uniform --ratio 5 --seeds 0", "--variant", variant)
                        .code())
                .isZero();
        assertRefused(compare(model, out, "--methods uniform --ratio 5,6 --seeds 0"), "another comparison (ratios was");
        assertRefused(compare(model, out, "--methods uniform --ratio 5 --bits 4,8"), "candidateBits");
        assertRefused(
                compare(model, out, "--methods uniform --ratio 5", "--variant", "mine: --memory 3"), "method mine was");
        Path other = folder.resolve("other-model");
        save(other, new ModelDirectory(model).readConfig(), 99);
        assertRefused(compare(other, out, "--methods uniform --ratio 5"), "modelSha256");
    }

    @Test
    void optionsThatCannotBeAreRefused() throws IOException {
        Path out = folder.resolve("refused");
        assertRefused(compare(model, out, "--ratio 5 --methods guess"), "'guess' is none of dhmq, uniform");
        assertRefused(compare(model, out, "--ratio 5 --seeds one"), "--seeds");
        assertRefused(compare(model, out, "--ratio 1"), "--ratio");
        assertRefused(compare(model, out, "--ratio 5 --seed 3"), "did you mean --seeds?");
        assertRefused(compare(model, out, "--ratio 40"), "cannot reach a compression ratio of 40.0");
        assertRefused(compare(model, out, "--ratio 5 --pin no-such-layer"), "no-such-layer");
        assertRefused(compare(model, out, "--ratio 5", "--variant", "no name"), "has no name");
        assertRefused(compare(model, out, "--ratio 5", "--variant", "a: --wrong 3"), "--variant 'a'");
        assertRefused(compare(model, out, "--ratio 5", "--variant", "a: --pin 'open"), "quote is not closed");
        assertRefused(compare(model, out, "--ratio 5", "--variant", "dhmq: --memory 0"), "named 'dhmq'");
        assertRefused(compare(model, out, "--ratio 5", "--variant", "a: --bits 8"), "cannot reach");
        assertRefused(compare(model, out, "--ratio 5 --compensate 3"), "give --correct as well");
        assertThat(out.resolve("compare.json")).doesNotExist();
        Files.createDirectories(out);
        Files.writeString(out.resolve("compare.json"), "{\"format\": \"dhmq-plan\", \"version\": 1}");
        assertRefused(compare(model, out, "--methods uniform --ratio 5"), "is not a comparison");
    }

    private static void assertRefused(Run run, String named) {
        assertThat(run.code()).as(run.err()).isEqualTo(2);
        assertThat(run.err()).contains(named);
        assertThat(run.err().lines().filter(line -> line.startsWith("dhmq:"))).hasSize(1);
        assertThat(run.err()).doesNotContain("\tat ");
    }
}
