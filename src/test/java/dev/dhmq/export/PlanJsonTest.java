package dev.dhmq.export;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.dhmq.InvalidInputException;
import dev.dhmq.search.CurvatureStart;
import dev.dhmq.search.Problems;
import dev.dhmq.search.QuantizationPlan;
import dev.dhmq.search.SearchSettings;
import dev.dhmq.search.TaskLosses;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class PlanJsonTest {
    private static final QuantizationPlan PLAN = Problems.samplePlan();

    @TempDir
    Path folder;

    @Test
    void whatIsWrittenIsReadBack() {
        PlanJson.Stored stored = PlanJson.read(written(PLAN));
        assertThat(stored.assignment()).isEqualTo(PLAN.assignment());
        assertThat(stored.modelSha256()).isEqualTo(PLAN.provenance().modelSha256());
    }

    @Test
    void theSamePlanGivesTheSameBytes() throws IOException {
        Path again = folder.resolve("again.json");
        PlanJson.write(again, Problems.samplePlan());
        assertThat(again).hasSameBinaryContentAs(written(PLAN));
        assertThat(again).content().doesNotContain("NaN", "Infinity");
    }

    @Test
    void everythingAReaderAsksForIsThere() throws IOException {
        JsonNode root = new ObjectMapper().readTree(written(PLAN).toFile());
        assertThat(root.get("layers")).hasSize(8);
        assertThat(root.at("/layers/0/bits").intValue()).isEqualTo(32);
        assertThat(root.at("/layers/1/bits").intValue()).isEqualTo(8);
        assertThat(root.at("/layers/2/sensitivity").doubleValue())
                .isEqualTo(PLAN.layers().get(2).sensitivity());
        assertThat(root.at("/layers/2/lossChange/regression").doubleValue())
                .isEqualTo(PLAN.layers().get(2).change().regression());
        assertThat(root.get("trajectory")).hasSize(PLAN.steps().size());
        assertThat(root.at("/trajectory/0").has("predictedByTask")).isFalse();
        assertThat(root.at("/settings/without").isEmpty()).isTrue();
        assertThat(root.at("/trajectory/0/predictedLossChange").doubleValue())
                .isEqualTo(PLAN.steps().getFirst().predicted());
        assertThat(root.at("/trajectory/0/measuredLossChange").doubleValue())
                .isEqualTo(PLAN.steps().getFirst().measured());
        assertThat(root.at("/cost/gradients").intValue()).isEqualTo(PLAN.cost().gradients());
        assertThat(root.at("/settings/seed").longValue())
                .isEqualTo(PLAN.provenance().seed());
        assertThat(root.at("/layers/0/startingCurvature").doubleValue())
                .isEqualTo(PLAN.layers().getFirst().starting().mean());
        assertThat(root.at("/layers/0/startingCurvatureStandardError").doubleValue())
                .isZero();
        assertThat(root.at("/settings/start").textValue()).isEqualTo("joint-secant");
        assertThat(root.at("/settings/startBits").intValue()).isEqualTo(4);
        assertThat(root.at("/settings/taskWeights/chosen").textValue()).isEqualTo(PLAN.taskWeighting());
    }

    @Test
    void hutchinsonsProbesAreSettingsToo() throws IOException {
        SearchSettings settings = PLAN.settings().withStart(new CurvatureStart.Hutchinson(12, 3));
        JsonNode root = new ObjectMapper()
                .readTree(written(with(settings, PLAN.losses())).toFile());
        assertThat(root.at("/settings/startProbes").intValue()).isEqualTo(12);
        assertThat(root.at("/settings").has("startBits")).isFalse();
    }

    @ParameterizedTest
    @ValueSource(doubles = {Double.NaN, Double.POSITIVE_INFINITY})
    void whatIsNoNumberIsNeverWritten(double bad) {
        QuantizationPlan broken = with(PLAN.settings(), new TaskLosses(1, bad));
        assertThatThrownBy(() -> written(broken))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("plan.calibrationLoss.regression is " + bad);
        assertThat(folder).isEmptyDirectory();
    }

    @Test
    void aMissingPlanIsNamed() {
        assertThatThrownBy(() -> PlanJson.read(folder.resolve("nowhere.json")))
                .isInstanceOf(InvalidInputException.class)
                .hasMessageContaining("nowhere.json does not exist");
    }

    @Test
    void aTruncatedPlanIsNamedWhereverItWasCut() throws IOException {
        byte[] whole = Files.readAllBytes(written(PLAN));
        Path cut = folder.resolve("cut.json");
        // Two bytes fewer lose the closing brace; the last byte is a line's end.
        for (int length = 1; length <= whole.length - 2; length += 997) {
            Files.write(cut, Arrays.copyOf(whole, length));
            assertThatThrownBy(() -> PlanJson.read(cut))
                    .as("%d bytes", length)
                    .isInstanceOf(InvalidInputException.class)
                    .hasMessageContaining("cut.json")
                    .hasMessageFindingMatch(
                            "ends in the middle of its JSON|Unexpected end-of-input|Decimal point not followed by a digit"
                                    + "|Unrecognized token '(t|tr|tru|f.*|n.*)'");
        }
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "\"format\" : \"dhmq-plan\"|\"format\" : \"other\"|is not a plan",
                "\"format\" : \"dhmq-plan\"|\"form\" : 1|is not a plan",
                "\"version\" : 1|\"version\" : 2|is a plan of version 2, but this program reads version 1",
                "\"bits\" : 32|\"bits\" : 1|must be a whole number from 2 to 32, but is 1",
                "\"bits\" : 32|\"bits\" : 16|must be 2 to 8, or 32 for float32, but is 16",
                "\"bits\" : 32|\"bits\" : 33|must be a whole number from 2 to 32, but is 33",
                "\"bits\" : 32|\"bits\" : \"8\"|must be a whole number",
                "\"bits\" : 32|\"bitten\" : 8|the key \"bits\" is missing",
                "\"name\" : \"layer-0\"|\"name\" : \"layer-1\"|is layer-1, which stands in the plan twice",
                "\"modelSha256\" : \"0123abcd\"|\"modelSha256\" : 5|must be a string",
                "\"layers\" : [|\"plies\" : [|the key \"layers\" is missing"
            })
    void aPlanThatDoesNotHoldTogetherIsRefused(String right, String wrong, String complaint) throws IOException {
        String json = Files.readString(written(PLAN));
        assertThat(json).contains(right);
        Path broken = folder.resolve("broken.json");
        Files.writeString(broken, json.replaceFirst(Pattern.quote(right), wrong));
        assertThatThrownBy(() -> PlanJson.read(broken))
                .isInstanceOf(InvalidInputException.class)
                .hasMessageContaining("broken.json")
                .hasMessageContaining(complaint);
    }

    private Path written(QuantizationPlan plan) {
        Path file = folder.resolve("plan.json");
        PlanJson.write(file, plan);
        return file;
    }

    private static QuantizationPlan with(SearchSettings settings, TaskLosses losses) {
        return new QuantizationPlan(
                PLAN.provenance(),
                PLAN.objective(),
                PLAN.budget(),
                settings,
                PLAN.taskWeights(),
                PLAN.taskWeighting(),
                PLAN.layers(),
                PLAN.bytes(),
                PLAN.compressionRatio(),
                PLAN.meanBits(),
                losses,
                PLAN.steps(),
                PLAN.cost());
    }
}
