package dev.dhmq.export;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.dhmq.InvalidInputException;
import dev.dhmq.search.Problems;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class PlanCopyTest {
    private static final ObjectMapper JSON = new ObjectMapper();

    @TempDir
    Path folder;

    @Test
    void onlyTheHashChangesAlsoWhereThePlanSaysMoreThanThisProgramKnows() throws IOException {
        Path from = folder.resolve("plan.json");
        Path to = folder.resolve("copy.json");
        PlanJson.write(from, Problems.samplePlan());
        ObjectNode plan = (ObjectNode) JSON.readTree(from.toFile());
        plan.putArray("somethingNew").addObject().put("name", "a").put("bits", 8);
        JSON.writeValue(from.toFile(), plan);

        PlanCopy.write(from, to, "0123");

        assertThat(PlanJson.read(to).modelSha256()).isEqualTo("0123");
        assertThat(PlanJson.read(to).assignment()).isEqualTo(PlanJson.read(from).assignment());
        assertThat(JSON.readTree(to.toFile())).isEqualTo(plan.put("modelSha256", "0123"));
    }

    @Test
    void aFileThatIsNoJsonIsNamed() throws IOException {
        Path from = folder.resolve("plan.json");
        Files.writeString(from, "{");

        assertThatThrownBy(() -> PlanCopy.write(from, folder.resolve("copy.json"), "0123"))
                .isInstanceOf(InvalidInputException.class)
                .hasMessageContaining("plan.json");
        assertThat(folder.resolve("copy.json")).doesNotExist();
    }
}
