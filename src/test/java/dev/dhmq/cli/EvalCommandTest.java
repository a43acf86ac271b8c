package dev.dhmq.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** {@code dhmq eval} on one image with two objects, one of them found. */
class EvalCommandTest {
    private static final List<String> NUMBERS =
            List.of("AP", "AP50", "AP75", "APs", "APm", "APl", "AR1", "AR10", "AR100", "ARs", "ARm", "ARl");

    @TempDir
    Path folder;

    private String annotations = "";

    @BeforeEach
    void writeAnnotations() throws IOException {
        annotations = write("truth.json", """
                {"images": [{"id": 1, "file_name": "a.png", "width": 200, "height": 200}],
                 "categories": [{"id": 7, "name": "cell"}],
                 "annotations": [
                   {"id": 1, "image_id": 1, "category_id": 7, "bbox": [10, 10, 40, 40], "area": 1600, "iscrowd": 0},
                   {"id": 2, "image_id": 1, "category_id": 7, "bbox": [100, 100, 40, 40], "area": 1600, "iscrowd": 0}]}
                """);
    }

    @Test
    void jsonHoldsExactlyTheTwelveNumbers() throws IOException {
        Run run = eval("""
                [{"image_id": 1, "category_id": 7, "bbox": [10, 10, 40, 40], "score": 0.9}]
                """, "--json");
        assertThat(run.code()).isEqualTo(0);
        assertThat(run.err()).isEmpty();
        JsonNode json = new ObjectMapper().readTree(run.out());
        List<String> names = new ArrayList<>();
        json.fieldNames().forEachRemaining(names::add);
        assertThat(names).isEqualTo(NUMBERS);
        // Half of the objects found, exactly: recall 1/2; precision is 1 at 51 of the 101 recall points.
        assertThat(json.get("AR100").asDouble()).isEqualTo(0.5);
        assertThat(json.get("AP50").asDouble()).isCloseTo(51.0 / 101, within(1e-12));
        assertThat(json.get("APs").asDouble()).isEqualTo(-1);
    }

    @Test
    void tableShowsTheNumbersAndADashWhereNothingWasToFind() throws IOException {
        Run run = eval("""
                [{"image_id": 1, "category_id": 7, "bbox": [10, 10, 40, 40], "score": 0.9}]
                """);
        assertThat(run.code()).isEqualTo(0);
        assertThat(run.out().lines()).hasSize(NUMBERS.size());
        assertThat(run.out()).containsPattern("AR100 +0[.]5000 ").containsPattern("APs +- ");
    }

    @Test
    void brokenDetectionsAreBadInput() throws IOException {
        Run run = eval("[{\"image_id\": 1,");
        assertBadInput(run, "detections.json");
    }

    @Test
    void detectionsOfAnUnknownImageAreBadInput() throws IOException {
        Run run = eval("""
                [{"image_id": 5, "category_id": 7, "bbox": [10, 10, 40, 40], "score": 0.9}]
                """, "--json");
        assertBadInput(run, "image 5");
    }

    @Test
    void missingAnnotationsAreBadInput() throws IOException {
        annotations = folder.resolve("none.json").toString();
        assertBadInput(eval("[]"), "none.json");
    }

    @Test
    void annotationsWithoutObjectsAreBadInput() throws IOException {
        annotations = write("empty.json", """
                {"images": [{"id": 1, "file_name": "a.png", "width": 200, "height": 200}],
                 "categories": [{"id": 7, "name": "cell"}], "annotations": []}
                """);
        assertBadInput(eval("[]"), "empty.json");
    }

    private Run eval(String detections, String... more) throws IOException {
        List<String> arguments = new ArrayList<>(
                List.of("eval", "--annotations", annotations, "--detections", write("detections.json", detections)));
        arguments.addAll(List.of(more));
        return Run.dhmq(arguments.toArray(String[]::new));
    }

    private String write(String name, String text) throws IOException {
        return Files.writeString(folder.resolve(name), text).toString();
    }

    private static void assertBadInput(Run run, String mentions) {
        assertThat(run.code()).isEqualTo(2);
        assertThat(run.out()).isEmpty();
        assertThat(run.err().lines()).hasSize(1);
        assertThat(run.err()).contains(mentions);
    }
}
