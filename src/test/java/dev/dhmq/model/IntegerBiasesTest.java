package dev.dhmq.model;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dev.dhmq.quant.ActivationQuantization;
import dev.dhmq.quant.AffineQuantization;
import dev.dhmq.quant.BitAssignment;
import dev.dhmq.quant.ProductGrid;
import dev.dhmq.tensor.Backend;
import dev.dhmq.tensor.ReferenceBackend;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.bytedeco.pytorch.Scalar;
import org.junit.jupiter.api.Test;

class IntegerBiasesTest {
    private static final int BITS = 4;

    /** So coarse that biases move, which trained ones hardly do. */
    private static final AffineQuantization COARSE = new AffineQuantization(2, 30f, 1);

    private static final String BIASED = "head.regression_head.bbox_reg";
    private static final String NORMED = "backbone.body.layer1.0.conv2";
    private static final String NORM = "backbone.body.layer1.0.bn2";

    private final Backend backend = new ReferenceBackend();

    private static RetinaNet detector() {
        RetinaNet model = TinyDetector.create(4);
        for (String name : List.of(BIASED + ".bias", NORM + ".bias", NORM + ".running_mean")) {
            Objects.requireNonNull(model.parameters().state().get(name))
                    .detach()
                    .fill_(new Scalar(0.123f));
        }
        return model;
    }

    private LearnedScales quantized(RetinaNet model) {
        List<ActivationQuantization> activations = List.of(
                ActivationQuantization.ofInput(BIASED + ".weight", COARSE),
                ActivationQuantization.ofInput(NORMED + ".weight", COARSE));
        BitAssignment plan = BitAssignment.uniform(model.weights().layout(), BITS);
        return FakeQuantization.apply(model, backend, plan, LearnedScales.NONE, activations);
    }

    private static float[] values(RetinaNet model, String name) {
        return Objects.requireNonNull(NamedTensor.all(model).get(name), name).values();
    }

    @Test
    void aBiasIsTheNearestMultipleOfItsChannelsStep() {
        try (RetinaNet model = detector()) {
            float[] before = values(model, BIASED + ".bias");
            float[] scales = quantized(model).ofLayer(BIASED + ".weight").orElseThrow();
            float[] after = values(model, BIASED + ".bias");
            assertThat(after).isNotEqualTo(before);
            for (int c = 0; c < after.length; c++) {
                double step = ProductGrid.step(COARSE.scale(), scales[c], BITS);
                assertThat(after[c]).isCloseTo((float) (Math.rint(before[c] / step) * step), within(1e-6f));
            }
        }
    }

    @Test
    void ofANormItIsTheShiftThatIsOnTheGrid() {
        try (RetinaNet model = detector()) {
            double epsilon = model.config().norms().epsilon();
            float[] before = values(model, NORM + ".bias");
            float[] scales = quantized(model).ofLayer(NORMED + ".weight").orElseThrow();
            float[] after = values(model, NORM + ".bias");
            float[] weight = values(model, NORM + ".weight");
            float[] mean = values(model, NORM + ".running_mean");
            float[] variance = values(model, NORM + ".running_var");
            for (int c = 0; c < after.length; c++) {
                double factor = weight[c] / Math.sqrt(variance[c] + epsilon);
                double steps =
                        (after[c] - mean[c] * factor) / (ProductGrid.step(COARSE.scale(), scales[c], BITS) * factor);
                assertThat(steps).isCloseTo(Math.rint(steps), within(1e-3));
                assertThat(Math.abs(after[c] - before[c]))
                        .isLessThanOrEqualTo(
                                (float) (ProductGrid.step(COARSE.scale(), scales[c], BITS) * factor / 2) + 1e-6f);
            }
        }
    }

    @Test
    void othersStayAndTwiceIsOnce() {
        try (RetinaNet model = detector()) {
            Map<String, NamedTensor> before = NamedTensor.all(model);
            quantized(model);
            float[] once = values(model, NORM + ".bias");
            for (String name : List.of("head.classification_head.cls_logits.bias", "backbone.body.bn1.bias")) {
                assertThat(values(model, name))
                        .isEqualTo(Objects.requireNonNull(before.get(name)).values());
            }
            quantized(model);
            assertThat(values(model, NORM + ".bias")).isEqualTo(once);
        }
    }

    @Test
    void fewBitsAreMultipliedUpToSevenAndNoFurther() {
        assertThat(ProductGrid.multiple(2)).isEqualTo(32);
        assertThat(ProductGrid.multiple(7)).isEqualTo(1);
        assertThat(ProductGrid.multiple(8)).isEqualTo(1);
        assertThat(ProductGrid.step(0.5, 0.25, 6)).isEqualTo(0.0625);
    }
}
