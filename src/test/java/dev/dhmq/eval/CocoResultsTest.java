package dev.dhmq.eval;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.dhmq.InvalidInputException;
import dev.dhmq.data.CocoDataset;
import dev.dhmq.model.Detection;
import dev.dhmq.model.DetectorConfig;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class CocoResultsTest {
    @TempDir
    Path folder;

    @Test
    void whatIsWrittenIsRead() {
        List<CocoResult> results = List.of(
                new CocoResult(1L << 40, 3, 0.1, -2.5, 1.0 / 3, 0, 0.987654321),
                new CocoResult(2, 1, 0, 0, 5, 6, 1e-12));
        Path file = folder.resolve("new/results.json");
        CocoResults.write(file, results);
        assertThat(CocoResults.read(file)).isEqualTo(results);
        assertThat(folder.resolve("new").toFile().list()).containsExactly("results.json");
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', quoteCharacter = '`', textBlock = """
                    [{"image_id":1,"category_id":1,"bbox":[0,0,1,1],"score":NaN}]    | detection number 1: "score" is NaN
                    [{"image_id":1,"category_id":1,"bbox":[0,0,1,1],"score":"high"}] | must be a number, but is "high"
                    [{"image_id":1,"category_id":1,"bbox":[0,0,1,1]}]                | the key "score" is missing
                    [{"image_id":1,"category_id":1,"bbox":[0,0,-1,1],"score":1}]     | must be at least 0
                    [{"image_id":1,"category_id":1,"bbox":[0,-Infinity,1,1],"score":1}] | must be finite
                    [{"image_id":"a","category_id":1,"bbox":[0,0,1,1],"score":1}]    | must be a whole number, but is "a"
                    [{"image_id":1,"category_id":1,"bbox":[0,0,1,1],"sco             | ends in the middle
                    {"image_id":1}                                                   | must be one JSON array
                    """)
    void brokenFilesAreRefusedInOneSentence(String json, String complaint) throws IOException {
        Path file = folder.resolve("results.json");
        Files.writeString(file, json);
        assertThatThrownBy(() -> CocoResults.read(file))
                .isInstanceOf(InvalidInputException.class)
                .hasMessageContaining("results.json")
                .hasMessageContaining(complaint);
    }

    @Test
    void detectionsAreBroughtToTheImagesOwnSize() {
        DetectorConfig config = new DetectorConfig(
                "retinanet",
                "resnet18",
                64,
                64,
                List.of(new DetectorConfig.Category(5, "a"), new DetectorConfig.Category(9, "b")),
                320,
                160,
                List.of(32, 64, 128, 256, 512),
                List.of(1.0));
        assertThat(CocoResults.of(
                        new CocoDataset.Image(12, "x", 640, 480),
                        List.of(new Detection(10, 20, 30, 50, 0.5f, 1)),
                        config))
                .containsExactly(new CocoResult(12, 9, 20, 60, 40, 90, 0.5));
    }
}
