package dev.dhmq.export;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.dhmq.InvalidInputException;
import dev.dhmq.quant.ActivationQuantization;
import dev.dhmq.quant.ActivationSite;
import dev.dhmq.quant.AffineQuantization;
import dev.dhmq.quant.BitWidths;
import dev.dhmq.quant.RangeMethod;
import dev.dhmq.search.ActivationBits;
import dev.dhmq.search.ActivationPlan;
import dev.dhmq.search.Problems;
import dev.dhmq.search.QuantizationPlan;
import dev.dhmq.search.TaskLosses;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class ActivationsJsonTest {
    private static final QuantizationPlan PLAN = Problems.samplePlan();

    private static final ActivationPlan ACTIVATIONS = activations(new ActivationBits.Mixed(BitWidths.of(4, 8), 6));

    @TempDir
    Path folder;

    private static ActivationPlan activations(ActivationBits bits) {
        return new ActivationPlan(
                bits,
                new RangeMethod.SquaredError(),
                List.of(
                        new ActivationPlan.Entry("layer-2", 100, new AffineQuantization(8, 0.1f, 0), 0.25),
                        new ActivationPlan.Entry("layer-3", 50, new AffineQuantization(4, 0.5f, 5), 0.125)),
                List.of(new ActivationQuantization(
                        "layer-2", ActivationSite.RESULT, new AffineQuantization(8, 0.25f, 128))),
                6.5,
                new TaskLosses(1, 2),
                new TaskLosses(1.5, 2.25),
                0.375,
                0.75,
                4);
    }

    private Path written(ActivationPlan activations) {
        Path file = folder.resolve("plan.json");
        PlanJson.write(file, PLAN, Optional.of(activations));
        return file;
    }

    @Test
    void whatIsWrittenIsReadBackBitForBit() {
        PlanJson.Stored stored = PlanJson.read(written(ACTIVATIONS));
        assertThat(stored.activations()).isEqualTo(ACTIVATIONS.quantizations());
        assertThat(stored.assignment()).isEqualTo(PLAN.assignment());
    }

    @Test
    void everythingAReaderAsksForIsThere() throws IOException {
        JsonNode root = new ObjectMapper().readTree(written(ACTIVATIONS).toFile());
        assertThat(root.at("/activations/1").toString())
                .isEqualTo("{\"name\":\"layer-3\",\"bits\":4,\"scale\":0.5,\"zeroPoint\":5,\"low\":-2.5,\"high\":5.0,"
                        + "\"elements\":50,\"sensitivity\":0.125}");
        assertThat(root.at("/results").toString())
                .isEqualTo(
                        "[{\"name\":\"layer-2\",\"bits\":8,\"scale\":0.25,\"zeroPoint\":128,\"low\":-32.0,\"high\":31.75}]");
        assertThat(root.at("/activationSearch/range").textValue()).isEqualTo("squared-error");
        assertThat(root.at("/activationSearch/meanBits").doubleValue()).isEqualTo(6.5);
        assertThat(root.at("/activationSearch/predictedLossChange").doubleValue())
                .isEqualTo(0.375);
        assertThat(root.at("/activationSearch/measuredLossChange").doubleValue())
                .isEqualTo(0.75);
        assertThat(root.at("/activationSearch/candidateBits")).hasSize(2);
    }

    /** Of before there were results. */
    @Test
    void aPlanWithoutResultsHasTheInputsAlone() throws IOException {
        ObjectMapper mapper = new ObjectMapper();
        Path file = written(ACTIVATIONS);
        ObjectNode root = (ObjectNode) mapper.readTree(file.toFile());
        root.remove("results");
        mapper.writeValue(file.toFile(), root);
        assertThat(PlanJson.read(file).activations())
                .hasSize(2)
                .allMatch(activation -> activation.site() == ActivationSite.INPUT);
    }

    @Test
    void rangesAreReplacedAtTheirOwnSite() {
        Path file = written(ACTIVATIONS);
        List<ActivationQuantization> changed = PlanJson.read(file).activations().stream()
                .map(activation -> new ActivationQuantization(
                        activation.layer(),
                        activation.site(),
                        new AffineQuantization(
                                activation.quantizer().bits(),
                                3 * activation.quantizer().scale(),
                                1)))
                .toList();
        Path copy = folder.resolve("copy.json");
        PlanCopy.write(file, copy, "0".repeat(64), changed);
        assertThat(PlanJson.read(copy).activations()).isEqualTo(changed);
    }

    @Test
    void fixedBitsHaveNoSensitivities() throws IOException {
        JsonNode root = new ObjectMapper()
                .readTree(written(activations(new ActivationBits.Fixed(8))).toFile());
        assertThat(root.at("/activations/0").has("sensitivity")).isFalse();
        assertThat(root.at("/activationSearch").has("predictedLossChange")).isFalse();
    }

    @Test
    void aPlanOfWeightsAloneHasNoActivationsAndIsReadAsSuch() throws IOException {
        Path file = folder.resolve("weights.json");
        PlanJson.write(file, PLAN);
        assertThat(Files.readString(file)).doesNotContain("activation");
        assertThat(PlanJson.read(file).activations()).isEmpty();

        Path again = folder.resolve("again.json");
        PlanJson.write(again, PLAN, Optional.empty());
        assertThat(again).hasSameBinaryContentAs(file);
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "\"zeroPoint\" : 5|\"zeroPoint\" : 16|must be a whole number from 0 to 15, but is 16",
                "\"zeroPoint\" : 5|\"zeroPoint\" : 6|\"low\" is -2.5, but bits, scale and zeroPoint make it -3.0",
                "\"zeroPoint\" : 5|\"zero\" : 5|the key \"zeroPoint\" is missing",
                "\"scale\" : 0.5|\"scale\" : 0|must be a positive float32, but is 0.0",
                "\"scale\" : 0.5|\"scale\" : 1e99|must be a positive float32",
                "\"scale\" : 0.5|\"scale\" : \"x\"|must be a number",
                "\"high\" : 5.0|\"high\" : 7.0|\"high\" is 7.0, but bits, scale and zeroPoint make it 5.0",
                "\"bits\" : 8,\\n    \"scale\"|\"bits\" : 16,\\n    \"scale\"|must be a whole number from 2 to 8, but is 16",
                "\"name\" : \"layer-3\",\\n    \"bits\" : 4|\"name\" : \"layer-2\",\\n    \"bits\" : 4|stands among the activations twice",
                "\"name\" : \"layer-3\",\\n    \"bits\" : 4|\"name\" : \"ply\",\\n    \"bits\" : 4|is ply, which is none of the plan's layers",
                "\"zeroPoint\" : 128|\"zeroPoint\" : 256|must be a whole number from 0 to 255, but is 256",
                "\"results\" : [ {|\"results\" : 3, \"x\" : [ {|must be an array",
                "\"activations\" : [ {|\"activations\" : 3, \"x\" : [ {|must be an array"
            })
    void activationsThatDoNotHoldTogetherAreRefused(String right, String wrong, String complaint) throws IOException {
        String json = Files.readString(written(ACTIVATIONS));
        int from = json.indexOf("\"activations\"");
        String part = json.substring(from);
        String rightPart = right.replace("\\n", "\n");
        assertThat(part).contains(rightPart);
        Path broken = folder.resolve("broken.json");
        Files.writeString(
                broken,
                json.substring(0, from) + part.replaceFirst(Pattern.quote(rightPart), wrong.replace("\\n", "\n")));
        assertThatThrownBy(() -> PlanJson.read(broken))
                .isInstanceOf(InvalidInputException.class)
                .hasMessageContaining("broken.json")
                .hasMessageContaining(complaint);
    }
}
