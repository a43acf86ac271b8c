package dev.dhmq.report;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.dhmq.InvalidInputException;
import dev.dhmq.export.PlanJson;
import dev.dhmq.search.Problems;
import dev.dhmq.search.QuantizationPlan;
import dev.dhmq.search.SearchStep;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class PlanReaderTest {
    private static final QuantizationPlan PLAN = Problems.samplePlan();

    @TempDir
    Path folder;

    @Test
    void everythingIsReadBack() {
        PlanDocument read = PlanReader.read(Samples.plan(folder));
        assertThat(read.layers()).isEqualTo(PLAN.layers());
        assertThat(read.steps()).isEqualTo(PLAN.steps());
        assertThat(read.bytes()).isEqualTo(PLAN.bytes());
        assertThat(read.losses()).isEqualTo(PLAN.losses());
        assertThat(read.cost()).isEqualTo(PLAN.cost());
        assertThat(read.weights()).isEqualTo(PLAN.taskWeights());
        assertThat(read.settings())
                .containsEntry("start", "joint-secant")
                .containsEntry("candidateBits", "2, 3, 4, 5, 6, 8")
                .containsEntry("pinned", "layer-1");
        assertThat(read.settings().get("taskWeights")).startsWith("classification 1.0; regression");
        assertThat(read.sha256()).hasSize(64);
    }

    @Test
    void predictionsByTaskAreReadBack() {
        QuantizationPlan told = Problems.samplePlan(true);
        Path file = folder.resolve("by-task.json");
        PlanJson.write(file, told);
        assertThat(PlanReader.read(file).steps())
                .isEqualTo(told.steps())
                .allMatch(step -> step.predictedByTask() != null);
    }

    @Test
    void theLossesOfTheWayFitTogether() {
        PlanDocument read = PlanReader.read(Samples.plan(folder));
        SearchStep last = read.accepted().getLast();
        assertThat(read.lossAfter(last)).isEqualTo(read.losses().weighted(read.weights()));
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "\"trajectory\"|\"path\"|the key \"trajectory\" is missing",
                "\"settings\"|\"set\"|the key \"settings\" is missing",
                "\"taskWeights\"|\"weight\"|the key \"taskWeights\" is missing",
                "\"predictedLossChange\" : |\"predictedLossChange\" : 1e999, \"was\" : |must be a finite number",
                "\"sensitivity\" : |\"sensitivity\" : \"high\", \"was\" : |must be a number",
                "\"channels\" : |\"channels\" : 0, \"was\" : |must be a whole number from 1",
                "\"layer\" : \"layer-|\"layer\" : \"ply-|which is none of the plan's layers",
                "\"bytes\" : |\"bytes\" : -5, \"was\" : |must be at least 0",
                "\"accepted\" : true|\"accepted\" : 1|must be true or false",
                "\"gradients\" : |\"gradients\" : -1, \"was\" : |must be a whole number from 0",
                "\"format\" : \"dhmq-plan\"|\"format\" : \"dhmq-comparison\"|is not a plan"
            })
    void aPlanThatLacksSomethingIsRefusedInOneSentence(String right, String wrong, String complaint)
            throws IOException {
        String json = Files.readString(Samples.plan(folder));
        assertThat(json).contains(right);
        Path broken = folder.resolve("broken.json");
        Files.writeString(broken, json.replaceFirst(Pattern.quote(right), wrong));
        assertThatThrownBy(() -> PlanReader.read(broken))
                .isInstanceOf(InvalidInputException.class)
                .hasMessageContaining("broken.json")
                .hasMessageContaining(complaint);
    }

    @Test
    void otherFilesAreNamedToo() throws IOException {
        assertThatThrownBy(() -> ReportFiles.comparison(Samples.plan(folder)))
                .isInstanceOf(InvalidInputException.class)
                .hasMessageContaining("plan.json is not a comparison");
        assertThatThrownBy(() -> ReportFiles.evaluation("x", Samples.plan(folder)))
                .isInstanceOf(InvalidInputException.class)
                .hasMessageContaining("the key \"AP\" is missing");
        Path high = Samples.evaluation(folder, "high.json", 1.5);
        assertThatThrownBy(() -> ReportFiles.evaluation("x", high))
                .isInstanceOf(InvalidInputException.class)
                .hasMessageContaining("must be from 0 to 1");
        Path unjudged = folder.resolve("unjudged.json");
        Files.writeString(
                unjudged,
                "{\"format\": \"dhmq-comparison\", \"version\": 1, \"conditions\": {}, \"methods\": {}, \"cells\": []}");
        assertThatThrownBy(() -> ReportFiles.comparison(unjudged))
                .isInstanceOf(InvalidInputException.class)
                .hasMessageContaining("no judged model yet");
    }
}
