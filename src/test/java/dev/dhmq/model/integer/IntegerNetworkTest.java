package dev.dhmq.model.integer;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dev.dhmq.model.DetectionModel;
import dev.dhmq.model.LearnedScales;
import dev.dhmq.model.NamedTensor;
import dev.dhmq.model.RetinaNet;
import dev.dhmq.model.TinyDetector;
import dev.dhmq.quant.ActivationQuantization;
import dev.dhmq.quant.ActivationSite;
import dev.dhmq.quant.AffineQuantization;
import dev.dhmq.quant.BitAssignment;
import dev.dhmq.tensor.Backend;
import dev.dhmq.tensor.Layer;
import dev.dhmq.tensor.ParameterLayout;
import dev.dhmq.tensor.ReferenceBackend;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.bytedeco.pytorch.Scalar;
import org.junit.jupiter.api.Test;

class IntegerNetworkTest {
    private static final AffineQuantization EIGHT = new AffineQuantization(8, 0.02f, 0);
    private static final AffineQuantization SIX = new AffineQuantization(6, 0.08f, 0);
    private static final String BLOCK = "backbone.body.layer1.0.";

    private final Backend backend = new ReferenceBackend();

    private Map<String, IntegerWeights> weights(DetectionModel model, BitAssignment plan, LearnedScales learned) {
        return IntegerNetwork.of(model, backend, plan, learned, List.of()).weights();
    }

    /** Every layer another width, one of them float. */
    private static BitAssignment mixed(ParameterLayout layout) {
        int[] bits = {8, 4, 6, 3, 5, 2, 7};
        List<BitAssignment.Entry> entries = new ArrayList<>();
        for (Layer layer : layout.layers()) {
            int number = entries.size();
            entries.add(new BitAssignment.Entry(
                    layer.name(), layer.size(), number == 5 ? Backend.SKIP : bits[number % bits.length]));
        }
        return new BitAssignment(entries);
    }

    @Test
    void integersTimesTheirScalesAreTheWeightsOfThePlan() {
        try (DetectionModel model = TinyDetector.createFasterRcnn(7)) {
            Map<String, IntegerWeights> layers =
                    weights(model, mixed(model.weights().layout()), LearnedScales.NONE);
            Map<String, NamedTensor> tensors = NamedTensor.all(model);
            assertThat(layers).hasSize(model.weights().layout().layers().size() - 1);
            layers.forEach((name, weights) -> {
                float[] values = Objects.requireNonNull(tensors.get(name)).values();
                int channelSize = values.length / weights.scales().length;
                int least = -(1 << (weights.bits() - 1));
                for (int i = 0; i < values.length; i++) {
                    assertThat(weights.integers()[i] * weights.scales()[i / channelSize])
                            .isEqualTo(values[i]);
                    assertThat((int) weights.integers()[i]).isBetween(least, -least - 1);
                }
            });
        }
    }

    /** Weights on a grid of four bits are on one of eight bits and half the step, which no search would find. */
    @Test
    void learnedScalesAreKept() {
        try (DetectionModel model = TinyDetector.create(7)) {
            ParameterLayout layout = model.weights().layout();
            Map<String, IntegerWeights> four = weights(model, BitAssignment.uniform(layout, 4), LearnedScales.NONE);
            float[] halves = new float[layout.channels()];
            int[] eight = new int[layout.layers().size()];
            for (Layer layer : layout.layers()) {
                eight[layout.indexOf(layer.name())] = 8;
                float[] scales = Objects.requireNonNull(four.get(layer.name())).scales();
                for (int c = 0; c < scales.length; c++) {
                    halves[layer.firstChannel() + c] = scales[c] / 2;
                }
            }
            LearnedScales learned = LearnedScales.of(layout, eight, halves);
            weights(model, BitAssignment.uniform(layout, 8), learned).forEach((name, weights) -> {
                byte[] before = Objects.requireNonNull(four.get(name)).integers();
                for (int i = 0; i < before.length; i++) {
                    assertThat((int) weights.integers()[i]).isEqualTo(2 * before[i]);
                }
            });
        }
    }

    private IntegerLayer layer(DetectionModel model, String name, ActivationQuantization... activations) {
        BitAssignment plan = BitAssignment.uniform(model.weights().layout(), 4);
        return Objects.requireNonNull(IntegerNetwork.of(model, backend, plan, LearnedScales.NONE, List.of(activations))
                .layers()
                .get(name));
    }

    private static ActivationQuantization input(String layer, AffineQuantization quantizer) {
        return ActivationQuantization.ofInput(layer, quantizer);
    }

    @Test
    void whatOneLayerReadsIsRoundedAsItIsRead() {
        String first = BLOCK + "conv1.weight";
        String second = BLOCK + "conv2.weight";
        try (RetinaNet model = TinyDetector.create(1)) {
            assertThat(layer(model, first, input(first, SIX), input(second, EIGHT))
                            .form())
                    .isEqualTo(new IntegerLayer.Form.Rounded(EIGHT));
            // No runtime rounds sums to fewer bits.
            assertThat(layer(model, first, input(first, EIGHT), input(second, SIX))
                            .form())
                    .isEqualTo(new IntegerLayer.Form.Scaled());
            assertThat(layer(model, first, input(first, EIGHT)).form()).isEqualTo(new IntegerLayer.Form.Scaled());
        }
    }

    @Test
    void aResultIsRoundedWhoeverReadsIt() {
        String second = BLOCK + "conv2.weight";
        try (RetinaNet model = TinyDetector.create(1)) {
            assertThat(layer(
                                    model,
                                    second,
                                    input(second, SIX),
                                    new ActivationQuantization(second, ActivationSite.RESULT, EIGHT))
                            .form())
                    .isEqualTo(new IntegerLayer.Form.Rounded(EIGHT));
        }
    }

    @Test
    void aLevelIsRoundedWhereAllItsReadersAgree() {
        String third = "backbone.fpn.layer_blocks.0.0.weight";
        String fifth = "backbone.fpn.layer_blocks.2.0.weight";
        String classes = "head.classification_head.conv.0.0.weight";
        String boxes = "head.regression_head.conv.0.0.weight";
        AffineQuantization other = new AffineQuantization(8, 0.03f, 0);
        try (RetinaNet model = TinyDetector.create(1)) {
            IntegerLayer.Form rounded = new IntegerLayer.Form.Rounded(EIGHT);
            IntegerLayer.Form scaled = new IntegerLayer.Form.Scaled();
            assertThat(layer(model, third, input(third, EIGHT), input(classes, EIGHT), input(boxes, EIGHT))
                            .form())
                    .isEqualTo(rounded);
            assertThat(layer(model, third, input(third, EIGHT), input(classes, EIGHT), input(boxes, other))
                            .form())
                    .isEqualTo(scaled);
            // The coarsest level is also what P6 is made of.
            assertThat(layer(model, fifth, input(fifth, EIGHT), input(classes, EIGHT), input(boxes, EIGHT))
                            .form())
                    .isEqualTo(scaled);
        }
    }

    private static void fill(DetectionModel model, String name, double value) {
        Objects.requireNonNull(model.parameters().state().get(name), name)
                .detach()
                .fill_(new Scalar(value));
    }

    @Test
    void largerSumsOfImagesAreLargerValues() {
        try (RetinaNet model = TinyDetector.create(1)) {
            fill(model, "backbone.body.bn1.weight", -0.5);
            fill(model, "backbone.body.bn1.bias", 0.25);
            IntegerLayer stem = layer(model, IntegerNetwork.STEM, input(IntegerNetwork.STEM, EIGHT));
            assertThat(stem.form()).isEqualTo(new IntegerLayer.Form.OfImages());
            assertThat(stem.multiples()).containsOnly(-8);
            for (int c = 0; c < stem.steps().length; c++) {
                float step = stem.refinedSteps()[c];
                assertThat(step).isPositive();
                assertThat(stem.bias()[c] * step).isCloseTo(0.25f, within(step));
            }
        }
    }

    @Test
    void aBiasTooLargeForItsGridIsAddedAsAFloat() {
        String first = BLOCK + "conv1.weight";
        try (RetinaNet model = TinyDetector.create(1)) {
            fill(model, BLOCK + "bn1.bias", 1e6);
            assertThat(layer(model, first, input(first, EIGHT), input(BLOCK + "conv2.weight", EIGHT))
                            .form())
                    .isEqualTo(new IntegerLayer.Form.Scaled());
        }
    }
}
