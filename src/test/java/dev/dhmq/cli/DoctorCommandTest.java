package dev.dhmq.cli;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.util.List;
import org.junit.jupiter.api.Test;

/** {@code dhmq doctor} on the machine the tests run on. */
class DoctorCommandTest {
    @Test
    void jsonSaysWhatThisMachineIs() throws IOException {
        Run run = Run.dhmq("doctor", "--json");
        assertThat(run.code()).isEqualTo(0);
        JsonNode json = new ObjectMapper().readTree(run.out());
        assertThat(json.get("cores").asInt()).isEqualTo(Runtime.getRuntime().availableProcessors());
        assertThat(json.get("java").asText()).startsWith(Runtime.version().toString());
        assertThat(json.get("memoryBytes").asLong()).isGreaterThan(0);
        assertThat(json.get("libTorch").get("available").asBoolean()).isTrue();
        assertThat(json.get("libTorch").get("version").asText()).startsWith("2.");
    }

    @Test
    void everyBackendIsThereOrSaysWhyNot() throws IOException {
        JsonNode backends =
                new ObjectMapper().readTree(Run.dhmq("doctor", "--json").out()).get("backends");
        assertThat(backends.findValuesAsText("name")).containsExactlyInAnyOrder("cuda", "cpu", "reference");
        for (JsonNode backend : backends) {
            JsonNode words =
                    backend.get("available").asBoolean() ? backend.get("description") : backend.at("/reasons/0");
            assertThat(words.asText()).as(backend.toString()).isNotBlank();
        }
    }

    @Test
    void textSaysTheSame() {
        Run run = Run.dhmq("doctor");
        assertThat(run.code()).isEqualTo(0);
        assertThat(run.out())
                .contains(
                        "DHMQ",
                        "Java",
                        "LibTorch",
                        "Processor",
                        "cuda",
                        "reference",
                        Runtime.version().toString());
    }

    @Test
    void processorFeaturesAreReadFromWholeWords() {
        CpuInfo cpu = CpuInfo.parse(List.of(
                "processor\t: 0", "model name\t: Some CPU: fast", "flags\t\t: fpu sse4_2 avx2 fma avx512_vnni"));
        assertThat(cpu.model()).isEqualTo("Some CPU: fast");
        assertThat(cpu.featuresThatAre(true)).containsExactly("sse4_2", "avx2", "fma");
        assertThat(cpu.featuresThatAre(false)).containsExactly("avx", "avx512f", "avx512bw", "avx512vl");
    }

    @Test
    void processorWithoutNameOrFlagsIsUnknown() {
        CpuInfo cpu = CpuInfo.parse(List.of("processor : 0"));
        assertThat(cpu.model()).isEqualTo("unknown");
        assertThat(cpu.featuresThatAre(true)).isEmpty();
    }
}
