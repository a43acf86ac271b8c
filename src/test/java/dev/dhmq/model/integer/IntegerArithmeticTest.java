package dev.dhmq.model.integer;

import static org.assertj.core.api.Assertions.assertThat;

import dev.dhmq.model.ActivationObserver;
import dev.dhmq.model.DetectionModel;
import dev.dhmq.model.FasterRcnn;
import dev.dhmq.model.HookedLayers;
import dev.dhmq.model.LearnedScales;
import dev.dhmq.model.RetinaNet;
import dev.dhmq.model.Sample;
import dev.dhmq.model.TinyDetector;
import dev.dhmq.model.network.LayerHooks;
import dev.dhmq.model.network.Tensors;
import dev.dhmq.quant.ActivationQuantization;
import dev.dhmq.quant.AffineQuantization;
import dev.dhmq.quant.BitAssignment;
import dev.dhmq.quant.RangeMethod;
import dev.dhmq.tensor.Backend;
import dev.dhmq.tensor.ReferenceBackend;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import java.util.Random;
import java.util.stream.IntStream;
import org.bytedeco.javacpp.PointerScope;
import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Layers of integers on LibTorch against sums in Java's own. */
class IntegerArithmeticTest {
    private static final List<Sample> SAMPLES = TinyDetector.samples(2, 3);

    private final Backend backend = new ReferenceBackend();
    private final Random random = new Random(6);

    private static List<ActivationQuantization> activations(DetectionModel model) {
        return ActivationObserver.observe(model, SAMPLES).stream()
                .map(each -> each.quantized(8, new RangeMethod.MinMax()))
                .toList();
    }

    private float[] randoms(int count, double from, double to) {
        float[] values = new float[count];
        for (int i = 0; i < count; i++) {
            values[i] = (float) random.nextDouble(from, to);
        }
        return values;
    }

    /** The definition, on one place: every layer is a product of a matrix with what its window covers. */
    private static float[] expected(IntegerLayer layer, float[] x) {
        int channels = layer.steps().length;
        int[] inputs = integers(x, layer.input());
        byte[] weights = layer.integers();
        float[] y = new float[channels];
        for (int c = 0; c < channels; c++) {
            long sum = 0;
            for (int i = 0; i < inputs.length; i++) {
                sum += (long) weights[c * inputs.length + i] * inputs[i];
            }
            y[c] = switch (layer.form()) {
                case IntegerLayer.Form.Rounded rounded -> {
                    float steps = whole(layer, c, sum)
                            * (layer.refinedSteps()[c] / rounded.next().scale());
                    yield integer(steps, rounded.next()) * rounded.next().scale();
                }
                case IntegerLayer.Form.Scaled _ ->
                    (float) sum * layer.steps()[c] + (float) layer.factors().shift()[c];
                case IntegerLayer.Form.OfImages _ -> whole(layer, c, sum) * layer.refinedSteps()[c];
            };
        }
        return y;
    }

    private static float whole(IntegerLayer layer, int channel, long sum) {
        return (float) (sum * layer.multiples()[channel] + layer.bias()[channel]);
    }

    private static int[] integers(float[] x, AffineQuantization quantizer) {
        return IntStream.range(0, x.length)
                .map(i -> integer(x[i] / quantizer.scale(), quantizer))
                .toArray();
    }

    /** Less the zero point. */
    private static int integer(float steps, AffineQuantization quantizer) {
        int zero = quantizer.zeroPoint();
        return (int) Math.clamp(Math.rint(steps), -zero, quantizer.highest() - zero);
    }

    /** The layer on one place of its own size, so that padding has no part in it. */
    private static float[] found(LayerHooks hooks, String name, float[] x) {
        Tensor weight = Objects.requireNonNull(hooks.weight(name));
        long[] shape = Tensors.shape(weight);
        shape[0] = 1;
        Tensor input = hooks.input(name, Tensors.of(x, torch.ScalarType.Float, shape));
        Tensor sums = weight.dim() == 4 ? torch.conv2d(input, weight) : torch.linear(input, weight);
        return Tensors.floats(hooks.result(name, hooks.output(name, sums)).add(new Scalar(0.0))); // no negative zeros
    }

    @ParameterizedTest
    @CsvSource({"true, 8", "true, 3", "false, 6", "false, 2"})
    void everyLayerIsItsDefinition(boolean retinaNet, int bits) {
        try (DetectionModel model = retinaNet ? TinyDetector.create(4) : TinyDetector.createFasterRcnn(4)) {
            List<ActivationQuantization> activations = activations(model);
            BitAssignment plan = BitAssignment.uniform(model.weights().layout(), bits);
            List<Class<?>> forms = new ArrayList<>();
            try (HookedLayers _ = IntegerArithmetic.apply(model, backend, plan, LearnedScales.NONE, activations);
                    PointerScope _ = new PointerScope()) {
                IntegerNetwork network;
                try (DetectionModel same = retinaNet ? TinyDetector.create(4) : TinyDetector.createFasterRcnn(4)) {
                    network = IntegerNetwork.of(same, backend, plan, LearnedScales.NONE, activations);
                }
                assertThat(network.layers())
                        .hasSize(model.weights().layout().layers().size());
                network.layers().forEach((name, layer) -> {
                    forms.add(layer.form().getClass());
                    int inputs = layer.integers().length / layer.steps().length;
                    AffineQuantization quantizer = layer.input();
                    float[] x = randoms(inputs, 1.1 * quantizer.low() - 0.1, 1.1 * quantizer.high() + 0.1);
                    assertThat(found(model.parameters().hooks(), name, x))
                            .as(name)
                            .isEqualTo(expected(layer, x));
                });
            }
            assertThat(forms)
                    .contains(
                            IntegerLayer.Form.Rounded.class,
                            IntegerLayer.Form.Scaled.class,
                            IntegerLayer.Form.OfImages.class);
        }
    }

    @Test
    void sumsThatFloatsRoundAreAddedUpInDoubles() {
        int inputs = 1000;
        byte[] ones = new byte[inputs];
        Arrays.fill(ones, (byte) 127);
        AffineQuantization input = new AffineQuantization(8, 1, 0);
        IntegerLayer layer = new IntegerLayer(
                new IntegerWeights(8, ones, new float[] {1}),
                input,
                new ChannelFactors(new double[] {1}, new double[] {1}),
                new IntegerLayer.Form.Rounded(new AffineQuantization(8, 255, 0)));
        try (PointerScope _ = new PointerScope();
                IntegerProduct product = new IntegerProduct(layer, torch.zeros(new long[] {1, inputs}))) {
            assertThat(product.weight().scalar_type().intern()).isEqualTo(torch.ScalarType.Double);
            Tensor x = Tensors.of(randoms(inputs, 0, 1), torch.ScalarType.Double, 1, inputs)
                    .mul(new Scalar(255.0))
                    .round();
            float[] integers = Tensors.floats(x);
            assertThat(Tensors.floats(product.output(torch.linear(x, product.weight()))))
                    .isEqualTo(expected(layer, integers));
        }
    }

    private static float[] logits(RetinaNet model) {
        try (PointerScope _ = new PointerScope()) {
            return Tensors.floats(model.rawOutputs(SAMPLES, DetectionModel.Regions.NONE)
                    .getFirst()
                    .logits());
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 2})
    void closingPutsTheFloatsBack(int times) {
        try (RetinaNet model = TinyDetector.create(1)) {
            List<ActivationQuantization> activations = activations(model);
            BitAssignment plan = BitAssignment.uniform(model.weights().layout(), 8);
            HookedLayers layers = IntegerArithmetic.apply(model, backend, plan, LearnedScales.NONE, activations);
            float[] quantized = logits(model);
            for (int i = 0; i < times; i++) {
                layers.close();
            }
            assertThat(model.parameters().hooks()).isSameAs(LayerHooks.NONE);
            assertThat(logits(model)).isNotEqualTo(quantized);
        }
    }

    @Test
    void aPlanWithoutActivationsComputesWithFloats() {
        try (FasterRcnn model = TinyDetector.createFasterRcnn(1)) {
            BitAssignment plan = BitAssignment.uniform(model.weights().layout(), 8);
            try (HookedLayers _ = IntegerArithmetic.apply(model, backend, plan, LearnedScales.NONE, List.of())) {
                assertThat(model.parameters().hooks()).isSameAs(LayerHooks.NONE);
            }
        }
    }
}
