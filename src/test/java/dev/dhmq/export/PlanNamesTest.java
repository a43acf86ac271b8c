package dev.dhmq.export;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.dhmq.InvalidInputException;
import dev.dhmq.search.Problems;
import dev.dhmq.search.QuantizationPlan;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Layer names that JSON has to escape, and files that are no plan at all. */
class PlanNamesTest {
    @TempDir
    Path folder;

    @ParameterizedTest
    @ValueSource(strings = {"a \"quoted\" name", "back\\slash", "tab\tand\nline", "Größe/大きさ", "\u0001", "", "😀"})
    void everyNameSurvives(String name) {
        QuantizationPlan plan = renamed(Problems.samplePlan(), name);
        Path file = folder.resolve("plan.json");
        PlanJson.write(file, plan);
        assertThat(PlanJson.read(file).assignment()).isEqualTo(plan.assignment());
    }

    @ParameterizedTest
    @ValueSource(strings = {" ", "\n", "null", "[]", "5", "{}", "{\"format\": null}", "\u0000\u0001", "PK\u0003\u0004"})
    void filesThatAreNoPlanAreNamed(String content) throws IOException {
        Path file = folder.resolve("other.json");
        Files.writeString(file, content);
        assertThatThrownBy(() -> PlanJson.read(file))
                .isInstanceOf(InvalidInputException.class)
                .hasMessageContaining("other.json");
    }

    @ParameterizedTest
    @ValueSource(ints = {2000, 1_000_000})
    void nestingWithoutEndIsRefusedAndNotFollowed(int depth) throws IOException {
        Path file = folder.resolve("deep.json");
        Files.writeString(file, "{\"layers\":" + "[".repeat(depth));
        assertThatThrownBy(() -> PlanJson.read(file))
                .isInstanceOf(InvalidInputException.class)
                .hasMessageContaining("deep.json");
    }

    @Test
    void anEmptyFileAndAFolderAreNamed() throws IOException {
        Path empty = Files.createFile(folder.resolve("empty.json"));
        assertThatThrownBy(() -> PlanJson.read(empty))
                .isInstanceOf(InvalidInputException.class)
                .hasMessageContaining("empty.json is empty");
        assertThatThrownBy(() -> PlanJson.read(folder))
                .isInstanceOf(InvalidInputException.class)
                .hasMessageContaining("is a folder");
    }

    private static QuantizationPlan renamed(QuantizationPlan plan, String name) {
        List<QuantizationPlan.LayerPlan> layers = new ArrayList<>(plan.layers());
        QuantizationPlan.LayerPlan old = layers.getFirst();
        layers.set(
                0,
                new QuantizationPlan.LayerPlan(
                        name,
                        old.bits(),
                        old.weights(),
                        old.channels(),
                        old.starting(),
                        old.curvature(),
                        old.sensitivity(),
                        old.change()));
        return new QuantizationPlan(
                plan.provenance(),
                plan.objective(),
                plan.budget(),
                plan.settings(),
                plan.taskWeights(),
                plan.taskWeighting(),
                layers,
                plan.bytes(),
                plan.compressionRatio(),
                plan.meanBits(),
                plan.losses(),
                plan.steps(),
                plan.cost());
    }
}
