package dev.dhmq.model;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import dev.dhmq.InvalidInputException;
import dev.dhmq.model.network.LayerHooks;
import dev.dhmq.model.network.Tensors;
import dev.dhmq.quant.ActivationQuantization;
import dev.dhmq.quant.ActivationSite;
import dev.dhmq.quant.AffineQuantization;
import dev.dhmq.quant.BitAssignment;
import dev.dhmq.quant.ObservedActivation;
import dev.dhmq.quant.RangeMethod;
import dev.dhmq.search.TaskLosses;
import dev.dhmq.tensor.Backend;
import dev.dhmq.tensor.Layer;
import dev.dhmq.tensor.ReferenceBackend;
import java.lang.foreign.ValueLayout;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.stream.Stream;
import org.bytedeco.javacpp.PointerScope;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Observing and quantizing the activations of both detectors. */
class QuantizedActivationsTest {
    private static final String STEM = "backbone.body.conv1.weight";
    private static final List<Sample> SAMPLES = TinyDetector.samples(2, 3);
    private static final RangeMethod RANGE = new RangeMethod.MinMax();

    private static List<ActivationQuantization> at(int bits, List<ObservedActivation> observed) {
        return observed.stream().map(each -> each.quantized(bits, RANGE)).toList();
    }

    @Test
    void everyLayersInputIsObservedImagesAndPyramidWithNegativeValues() {
        try (RetinaNet model = TinyDetector.create(1)) {
            List<ObservedActivation> observed = ActivationObserver.observe(model, SAMPLES);

            assertThat(layers(observed, ActivationSite.INPUT))
                    .isEqualTo(names(model.weights().layout().layers().stream()));
            assertThat(observed.getFirst().layer()).isEqualTo(STEM);
            assertThat(observed.getFirst().elements()).isEqualTo(3 * 96 * 64);
            assertThat(observed.getFirst().histogram().total()).isEqualTo(2 * 3 * 96 * 64);
            // Colours from 0 to 1, less ImageNet's mean, over its deviation.
            assertThat(observed.getFirst().histogram().low()).isCloseTo(-0.485 / 0.229, within(0.05));
            assertThat(observed.getFirst().histogram().high()).isCloseTo((1 - 0.406) / 0.225, within(0.05));
            assertThat(zeroPoint(observed, STEM)).isPositive();
            assertThat(zeroPoint(observed, "head.classification_head.conv.0.0.weight"))
                    .isPositive();
            assertThat(zeroPoint(observed, "head.classification_head.conv.1.0.weight"))
                    .isZero();
        }
    }

    private static List<String> layers(List<ObservedActivation> observed, ActivationSite site) {
        return observed.stream()
                .filter(each -> each.site() == site)
                .map(ObservedActivation::layer)
                .toList();
    }

    private static List<String> names(Stream<Layer> layers) {
        return layers.map(Layer::name).toList();
    }

    private static int zeroPoint(List<ObservedActivation> observed, String layer) {
        return observed.stream()
                .filter(each -> each.layer().equals(layer))
                .mapToInt(each -> RANGE.choose(each.histogram(), 8).zeroPoint())
                .findFirst()
                .orElseThrow();
    }

    @Test
    void theBoxHeadIsObservedToo() {
        try (FasterRcnn model = TinyDetector.createFasterRcnn(1)) {
            assertThat(layers(ActivationObserver.observe(model, SAMPLES), ActivationSite.INPUT))
                    .isEqualTo(names(model.weights().layout().layers().stream()));
        }
    }

    @Test
    void resultsAreObservedWhereTheyAreAdded() {
        try (RetinaNet model = TinyDetector.create(1)) {
            assertThat(layers(ActivationObserver.observe(model, SAMPLES), ActivationSite.RESULT))
                    .isEqualTo(names(model.weights().layout().layers().stream()
                            .filter(layer ->
                                    layer.name().matches(".*(conv2|downsample\\.0|inner_blocks\\..*)\\.weight"))));
        }
    }

    @Test
    void andWhereRoiAlignReadsThem() {
        try (FasterRcnn model = TinyDetector.createFasterRcnn(1)) {
            assertThat(layers(ActivationObserver.observe(model, SAMPLES), ActivationSite.RESULT))
                    .filteredOn(layer -> layer.contains("fpn"))
                    .isEqualTo(names(model.weights().layout().layers().stream()
                            .filter(layer -> layer.name().contains("fpn"))));
        }
    }

    @Test
    void aResultIsRoundedBeforeItIsAdded() {
        String lateral = "backbone.fpn.inner_blocks.0.0.weight";
        AffineQuantization quantizer = AffineQuantization.spanning(-0.5, 0.5, 3);
        List<Float> rounded = new ArrayList<>();
        try (RetinaNet model = TinyDetector.create(1);
                HookedLayers _ = ActivationHooks.apply(
                        model, List.of(new ActivationQuantization(lateral, ActivationSite.RESULT, quantizer)))) {
            LayerHooks quantizing = model.parameters().hooks();
            HookedLayers.with(model, new LayerHooks() {
                @Override
                public Tensor result(String layer, Tensor y) {
                    Tensor result = quantizing.result(layer, y);
                    if (layer.equals(lateral)) {
                        for (float value : Tensors.floats(result)) {
                            rounded.add(value);
                        }
                    } else {
                        assertThat(result).isSameAs(y);
                    }
                    return result;
                }
            });
            model.detect(SAMPLES);
        }
        assertThat(rounded).isNotEmpty().allMatch(value -> value == (float) quantizer.apply(value));
        assertThat(rounded.stream().distinct().count()).isBetween(2L, 8L);
    }

    @Test
    void whatIsObservedDoesNotDependOnTheRun() {
        try (RetinaNet model = TinyDetector.create(1)) {
            assertThat(at(5, ActivationObserver.observe(model, SAMPLES)))
                    .isEqualTo(at(5, ActivationObserver.observe(model, SAMPLES)));
        }
    }

    /** What conv1 of a block makes is first seen as conv2's input, and what conv2 makes as its result. */
    @ParameterizedTest
    @CsvSource({"1, input", "2, result"})
    void anActivationThatIsNoNumberNamesLayerAndImage(int broken, String seen) {
        try (RetinaNet model = TinyDetector.create(1)) {
            model.weights()
                    .weights()
                    .setAtIndex(
                            ValueLayout.JAVA_FLOAT,
                            model.weights().layout().layer(broken).offset(),
                            Float.NaN);
            assertThatThrownBy(() -> ActivationObserver.observe(model, SAMPLES))
                    .isInstanceOf(InvalidInputException.class)
                    .hasMessageStartingWith("The " + seen + " of layer "
                            + model.weights().layout().layer(2).name())
                    .hasMessageContaining("NaN")
                    .hasMessageContaining("sample-0.png");
            assertThat(model.parameters().hooks()).isSameAs(LayerHooks.NONE);
        }
    }

    @Test
    void theNetworkRoundsAsThePlainDefinitionDoes() {
        AffineQuantization quantizer = AffineQuantization.spanning(-0.7, 1.9, 5);
        float[] values = new float[1000];
        Random random = new Random(8);
        for (int i = 0; i < values.length; i++) {
            values[i] = (float) random.nextGaussian();
        }
        try (RetinaNet model = TinyDetector.create(1);
                HookedLayers _ =
                        ActivationHooks.apply(model, List.of(ActivationQuantization.ofInput(STEM, quantizer)));
                PointerScope _ = new PointerScope()) {
            Tensor x = Tensors.of(values, torch.ScalarType.Float, values.length);
            float[] quantized = Tensors.floats(model.parameters().hooks().input(STEM, x));
            for (int i = 0; i < values.length; i++) {
                // Rounding in float32; no value of this seed lies so near a half that it could go the other way.
                assertThat(quantized[i]).isCloseTo((float) quantizer.apply(values[i]), within(1e-6f));
            }
            assertThat(model.parameters().hooks().input("another", x)).isSameAs(x);
        }
    }

    @Test
    void gradientsPassWithinTheRangeAndStopOutside() {
        AffineQuantization quantizer = new AffineQuantization(4, 0.5f, 8); // -4 to 3.5
        try (RetinaNet model = TinyDetector.create(1);
                HookedLayers _ =
                        ActivationHooks.apply(model, List.of(ActivationQuantization.ofInput(STEM, quantizer)));
                PointerScope _ = new PointerScope()) {
            Tensor x = Tensors.of(new float[] {-9, -1.1f, 0.2f, 9}, torch.ScalarType.Float, 4);
            x.requires_grad_(true);
            model.parameters().hooks().input(STEM, x).sum().backward();
            assertThat(Tensors.floats(x.grad())).containsExactly(0, 1, 1, 0);
        }
    }

    @Test
    void quantizingChangesTheLossAndClosingPutsEverythingBack() {
        try (RetinaNet model = TinyDetector.create(1);
                Backend backend = new ReferenceBackend();
                TaskObjective objective = new TaskObjective(model, backend, SAMPLES, 2)) {
            float[] weights = backend.read(objective.weights());
            TaskLosses atFloat = objective.loss();
            try (CalibratedActivations activations = new CalibratedActivations(
                    model, objective, SAMPLES, BitAssignment.uniform(objective.layout(), 8))) {
                TaskLosses weightsOnly = activations.loss(List.of());
                assertThat(weightsOnly).isNotEqualTo(atFloat);
                List<ActivationQuantization> coarse = at(2, activations.activations());
                assertThat(activations.loss(coarse)).isNotEqualTo(weightsOnly);
                assertThat(activations.loss(coarse)).isEqualTo(activations.loss(coarse));
                assertThat(activations.loss(List.of())).isEqualTo(weightsOnly);
                assertThat(model.parameters().hooks()).isSameAs(LayerHooks.NONE);
            }
            assertThat(backend.read(objective.weights())).isEqualTo(weights);
            assertThat(objective.loss()).isEqualTo(atFloat);
        }
    }

    @Test
    void anActivationOfAnotherModelIsRefused() {
        try (RetinaNet model = TinyDetector.create(1)) {
            List<ActivationQuantization> foreign =
                    List.of(ActivationQuantization.ofInput("fc.weight", new AffineQuantization(8, 1, 0)));
            assertThatThrownBy(() -> ActivationHooks.apply(model, foreign))
                    .isInstanceOf(InvalidInputException.class)
                    .hasMessageContaining("fc.weight, which is none of the model's layers");
            assertThat(model.parameters().hooks()).isSameAs(LayerHooks.NONE);
        }
    }

    @Test
    void aResultThatNobodyAddsIsRefused() {
        try (RetinaNet model = TinyDetector.create(1)) {
            String first = "backbone.body.layer1.0.conv1.weight";
            List<ActivationQuantization> wrong =
                    List.of(new ActivationQuantization(first, ActivationSite.RESULT, new AffineQuantization(8, 1, 0)));
            assertThatThrownBy(() -> ActivationHooks.apply(model, wrong))
                    .isInstanceOf(InvalidInputException.class)
                    .hasMessageContaining("the result of " + first + ", which this model leaves to the layers");
        }
    }
}
