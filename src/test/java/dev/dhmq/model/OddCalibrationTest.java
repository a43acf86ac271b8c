package dev.dhmq.model;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dev.dhmq.search.Budget;
import dev.dhmq.search.MixedPrecisionSearch;
import dev.dhmq.search.Provenance;
import dev.dhmq.search.QuantizationPlan;
import dev.dhmq.search.SearchListener;
import dev.dhmq.search.SearchSettings;
import dev.dhmq.search.StepSize;
import dev.dhmq.search.TaskLosses;
import dev.dhmq.tensor.Backend;
import dev.dhmq.tensor.ReferenceBackend;
import java.util.Collections;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Searches over calibration sets that hold less than one would wish. */
class OddCalibrationTest {
    private static final Budget BUDGET = new Budget.CompressionRatio(5);

    static Stream<Arguments> sets() {
        List<Sample> two = TinyDetector.samples(2, 4);
        return Stream.of(
                        Arguments.of("one image", two.subList(0, 1)),
                        Arguments.of("an image thrice", Collections.nCopies(3, two.getFirst())),
                        Arguments.of(
                                "no boxes",
                                two.stream().map(OddCalibrationTest::empty).toList()),
                        Arguments.of(
                                "a class never seen",
                                two.stream().map(OddCalibrationTest::firstClass).toList()))
                .flatMap(set -> Stream.of("retinanet", "fasterrcnn")
                        .map(detector -> Arguments.of(detector, set.get()[0], set.get()[1])));
    }

    @ParameterizedTest(name = "{0} on {1}")
    @MethodSource("sets")
    void bothObjectivesFindAPlan(String detector, String name, List<Sample> samples) {
        try (TorchvisionDetector model = create(detector);
                Backend backend = new ReferenceBackend();
                CalibrationObjective effect = new EffectObjective(model, backend, samples, 2);
                CalibrationObjective task = new TaskObjective(model, backend, samples, 2)) {
            for (CalibrationObjective objective : List.of(effect, task)) {
                QuantizationPlan plan = plan(objective);
                assertThat(plan.compressionRatio()).as(name).isGreaterThanOrEqualTo(5);
                assertThat(plan.losses().classification() + plan.losses().regression())
                        .as(name)
                        .isFinite();
                assertThat(plan.layers()).allMatch(layer -> Double.isFinite(layer.sensitivity()));
            }
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"retinanet", "fasterrcnn"})
    void copiesOfAnImageWeighAsMuchAsTheImage(String detector) {
        List<Sample> one = TinyDetector.samples(1, 4);
        try (TorchvisionDetector model = create(detector);
                Backend backend = new ReferenceBackend();
                CalibrationObjective single = new TaskObjective(model, backend, one, 2);
                CalibrationObjective copies =
                        new TaskObjective(model, backend, Collections.nCopies(3, one.getFirst()), 2)) {
            TaskLosses expected = single.loss();
            // Means over one image and over three equal ones, in float32.
            assertThat(copies.loss().classification())
                    .isCloseTo(expected.classification(), within(1e-5 * expected.classification()));
            assertThat(copies.loss().regression())
                    .isCloseTo(expected.regression(), within(1e-5 * expected.regression() + 1e-9));
        }
    }

    private static TorchvisionDetector create(String detector) {
        return detector.equals("retinanet") ? TinyDetector.create(2) : TinyDetector.createFasterRcnn(2);
    }

    private static QuantizationPlan plan(CalibrationObjective objective) {
        return new MixedPrecisionSearch(
                        objective,
                        SearchSettings.defaults().withSteps(new StepSize.Fixed(8)),
                        new Provenance("0123abcd", 7, 1, "reference"),
                        SearchListener.NONE)
                .run(List.of(BUDGET))
                .getFirst();
    }

    private static Sample empty(Sample sample) {
        return with(sample, new GroundTruth(new float[0], new int[0]));
    }

    /** Every object is of the first class: the others are never seen. */
    private static Sample firstClass(Sample sample) {
        GroundTruth truth = sample.truth();
        return with(sample, new GroundTruth(truth.boxes(), new int[truth.labels().length]));
    }

    private static Sample with(Sample sample, GroundTruth truth) {
        return new Sample(sample.name(), sample.pixels(), sample.height(), sample.width(), truth);
    }
}
