package dev.dhmq.eval;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.dhmq.InvalidInputException;
import dev.dhmq.data.CocoDataset;
import dev.dhmq.data.SharedData;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class CocoEvaluatorTest {
    @TempDir
    Path folder;

    /** Sums are taken in another order than numpy takes them, which moves the last digits of 16. */
    @ParameterizedTest
    @ValueSource(strings = {"tiny3", "val2014_fake"})
    void equalsTheReferenceEvaluator(String name) throws IOException {
        Path shared = SharedData.at("cocoeval").resolve(name);
        JsonNode expected =
                new ObjectMapper().readTree(shared.resolve("expected.json").toFile());
        CocoDataset truth = CocoDataset.read(shared.resolve(expected.get("gt").asText()));
        List<CocoResult> results =
                CocoResults.read(shared.resolve(expected.get("dt").asText()));

        CocoMetrics metrics = CocoEvaluator.evaluate(truth, results);

        assertThat(metrics.toMap().keySet())
                .containsExactly(
                        "AP", "AP50", "AP75", "APs", "APm", "APl", "AR1", "AR10", "AR100", "ARs", "ARm", "ARl");
        metrics.toMap()
                .forEach((key, value) -> assertThat(value)
                        .as(key)
                        .isCloseTo(expected.get("stats").get(key).doubleValue(), within(1e-9)));
    }

    @Test
    void perfectDetectionsScoreOne() throws IOException {
        CocoDataset truth = truth("[0,0,10,10]", "[50,50,40,40]", "[0,0,100,100]");
        CocoMetrics metrics = CocoEvaluator.evaluate(
                truth, List.of(at(0, 0, 10, 10, 0.9), at(50, 50, 40, 40, 0.8), at(0, 0, 100, 100, 0.7)));
        assertThat(metrics.ar1()).isCloseTo(1.0 / 3, within(1e-12));
        // The reference's spacing in the denominator makes 1 / (1 + 2^-52) of a perfect precision.
        metrics.toMap().forEach((key, value) -> {
            if (!key.equals("AR1")) {
                assertThat(value).as(key).isCloseTo(1, within(1e-12));
            }
        });
    }

    @Test
    void nothingToFindIsMinusOneAndNothingFoundIsZero() throws IOException {
        assertThat(CocoEvaluator.evaluate(truth(), List.of(at(0, 0, 1, 1, 1)))
                        .toMap()
                        .values())
                .containsOnly(-1.0);
        CocoMetrics nothingFound = CocoEvaluator.evaluate(truth("[0,0,10,10]"), List.of());
        assertThat(nothingFound.ap()).isZero();
        assertThat(nothingFound.ar100()).isZero();
        assertThat(nothingFound.apl()).isEqualTo(-1);
    }

    @Test
    void aFalseAlarmAboveTheHitHalvesPrecisionAndBelowItCostsNothing() throws IOException {
        CocoDataset truth = truth("[0,0,10,10]");
        CocoResult hit = at(0, 0, 10, 10, 0.5);
        assertThat(CocoEvaluator.evaluate(truth, List.of(at(50, 50, 10, 10, 0.9), hit))
                        .ap())
                .isCloseTo(0.5, within(1e-12));
        assertThat(CocoEvaluator.evaluate(truth, List.of(at(50, 50, 10, 10, 0.1), hit))
                        .ap())
                .isCloseTo(1, within(1e-12));
    }

    @Test
    void anOverlapOfSixTenthsHitsAtThreeOfTenThresholds() throws IOException {
        // IoU is 60 / 100: hits at 0.50, 0.55 and 0.60.
        CocoMetrics metrics = CocoEvaluator.evaluate(truth("[0,0,10,10]"), List.of(at(0, 0, 10, 6, 1)));
        assertThat(metrics.ap()).isCloseTo(0.3, within(1e-12));
        assertThat(metrics.ap50()).isCloseTo(1, within(1e-12));
        assertThat(metrics.ap75()).isZero();
    }

    @Test
    void detectionsInsideACrowdCountForNothing() throws IOException {
        CocoDataset truth = truth("[0,0,10,10]", "[50,50,100,100],\"iscrowd\":1");
        List<CocoResult> results = new ArrayList<>(List.of(at(0, 0, 10, 10, 0.1)));
        for (int i = 0; i < 5; i++) {
            results.add(at(60 + 10 * i, 60, 10, 10, 0.9));
        }
        assertThat(CocoEvaluator.evaluate(truth, results).ap()).isCloseTo(1, within(1e-12));
    }

    @Test
    void onlyTheHundredSurestCount() throws IOException {
        CocoDataset truth = truth("[0,0,10,10]");
        List<CocoResult> results = new ArrayList<>(List.of(at(0, 0, 10, 10, 0.1)));
        for (int i = 0; i < 100; i++) {
            results.add(at(500, 500, 10, 10, 0.9));
        }
        assertThat(CocoEvaluator.evaluate(truth, results).ap50()).isZero();
        results.removeLast();
        assertThat(CocoEvaluator.evaluate(truth, results).ap50()).isCloseTo(0.01, within(1e-12));
    }

    @Test
    void aDetectionOfAnotherSizeThatFindsNothingDoesNotCount() throws IOException {
        // The large false alarm costs nothing among small objects, and half of the precision over all sizes.
        CocoMetrics metrics = CocoEvaluator.evaluate(
                truth("[0,0,10,10]"), List.of(at(200, 200, 100, 100, 0.9), at(0, 0, 10, 10, 0.5)));
        assertThat(metrics.aps()).isCloseTo(1, within(1e-12));
        assertThat(metrics.ap()).isCloseTo(0.5, within(1e-12));
    }

    @Test
    void unknownImagesAreRefusedAndUnknownCategoriesPassedOver() throws IOException {
        CocoDataset truth = truth("[0,0,10,10]");
        assertThatThrownBy(() -> CocoEvaluator.evaluate(truth, List.of(new CocoResult(99, 1, 0, 0, 1, 1, 1))))
                .isInstanceOf(InvalidInputException.class)
                .hasMessageContaining("image 99")
                .hasMessageContaining("truth.json");
        CocoMetrics metrics =
                CocoEvaluator.evaluate(truth, List.of(at(0, 0, 10, 10, 0.5), new CocoResult(1, 77, 0, 0, 1, 1, 0.9)));
        assertThat(metrics.ap()).isCloseTo(1, within(1e-12));
    }

    private static CocoResult at(double x, double y, double width, double height, double score) {
        return new CocoResult(1, 1, x, y, width, height, score);
    }

    /** One image with objects of one class at these boxes. */
    private CocoDataset truth(String... boxes) throws IOException {
        List<String> annotations = new ArrayList<>();
        for (String box : boxes) {
            annotations.add(
                    "{\"id\":" + (annotations.size() + 1) + ",\"image_id\":1,\"category_id\":1,\"bbox\":" + box + "}");
        }
        Path file = folder.resolve("truth.json");
        Files.writeString(
                file,
                "{\"images\":[{\"id\":1,\"file_name\":\"a\",\"width\":640,\"height\":480}],\"categories\":[{\"id\":1,\"name\":\"thing\"}],\"annotations\":["
                        + String.join(",", annotations) + "]}");
        return CocoDataset.read(file);
    }
}
