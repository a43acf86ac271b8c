package dev.dhmq.train;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import dev.dhmq.InvalidInputException;
import dev.dhmq.model.LearnedScales;
import dev.dhmq.model.RetinaNet;
import dev.dhmq.model.TinyDetector;
import dev.dhmq.model.network.Tensors;
import dev.dhmq.quant.BitAssignment;
import dev.dhmq.tensor.Backend;
import dev.dhmq.tensor.Backends;
import dev.dhmq.tensor.Layer;
import dev.dhmq.tensor.ParameterLayout;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Random;
import org.bytedeco.javacpp.PointerScope;
import org.bytedeco.pytorch.NoGradGuard;
import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.Tensor;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** Values and gradients of fake quantization, against the formulas written out here. */
class LatentWeightsTest {
    private static final int FLOAT_LAYER = 1;

    private final Backend backend = Backends.select(Backends.Choice.CPU);
    private final RetinaNet model = TinyDetector.create(1);
    private final ParameterLayout layout = model.weights().layout();
    private final int[] bits = bits(layout);

    @AfterEach
    void close() {
        model.close();
        backend.close();
    }

    private static int[] bits(ParameterLayout layout) {
        int[] bits = new int[layout.layers().size()];
        for (int l = 0; l < bits.length; l++) {
            bits[l] = l == FLOAT_LAYER ? Backend.SKIP : 2 + l % 4;
        }
        return bits;
    }

    private BitAssignment assignment() {
        List<BitAssignment.Entry> entries = new ArrayList<>();
        for (int l = 0; l < bits.length; l++) {
            entries.add(new BitAssignment.Entry(
                    layout.layer(l).name(), layout.layer(l).size(), bits[l]));
        }
        return new BitAssignment(entries);
    }

    private LatentWeights latent() {
        return new LatentWeights(model.weights(), backend, assignment(), LearnedScales.NONE);
    }

    private static float[] values(MemorySegment memory) {
        return memory.toArray(ValueLayout.JAVA_FLOAT);
    }

    /** The layer of a weight that is quantized, for every quantized weight: visits index, layer and channel. */
    private interface Visitor {
        void weight(int index, int layer, int channel);
    }

    private void forEachQuantized(Visitor visitor) {
        for (int l = 0; l < bits.length; l++) {
            Layer layer = layout.layer(l);
            for (int k = 0; bits[l] != Backend.SKIP && k < layer.size(); k++) {
                visitor.weight((int) layer.offset() + k, l, layer.firstChannel() + k / layer.channelSize());
            }
        }
    }

    @Test
    void theNetworkGetsTheQuantizedWeightsAndKeepsTheOthers() {
        float[] before = values(model.weights().weights());
        try (LatentWeights latent = latent()) {
            latent.quantize();

            float[] after = values(model.weights().weights());
            float[] scales = Tensors.floats(latent.scales());
            forEachQuantized((i, l, c) -> {
                double low = -(1 << (bits[l] - 1));
                double q = Math.clamp(Math.rint(before[i] / scales[c]), low, -low - 1);
                assertThat(after[i]).as("weight %d", i).isEqualTo((float) (scales[c] * q) + 0f);
            });
            Layer untouched = layout.layer(FLOAT_LAYER);
            for (int i = (int) untouched.offset(); i < untouched.offset() + untouched.size(); i++) {
                assertThat(after[i]).isEqualTo(before[i]);
            }
        }
    }

    @Test
    void gradientsAreThoseOfLsq() {
        float[] weights = values(model.weights().weights());
        float[] incoming = new float[weights.length];
        Random random = new Random(3);
        for (int i = 0; i < incoming.length; i++) {
            incoming[i] = (float) random.nextGaussian();
        }
        try (LatentWeights latent = latent()) {
            latent.quantize();
            MemorySegment.copy(incoming, 0, model.weights().gradient(), ValueLayout.JAVA_FLOAT, 0, incoming.length);
            latent.backward();

            float[] scales = Tensors.floats(latent.scales());
            float[] outgoing = values(model.weights().gradient());
            double[] expected = new double[layout.channels()];
            int[] clipped = {0};
            forEachQuantized((i, l, c) -> {
                int low = -(1 << (bits[l] - 1));
                double integer = Math.rint(weights[i] / scales[c]);
                boolean passes = integer >= low && integer <= -low - 1;
                double slope = passes ? integer - (double) weights[i] / scales[c] : Math.clamp(integer, low, -low - 1);
                double factor = 1 / Math.sqrt(layout.layer(l).channelSize() * (double) (-low - 1));
                expected[c] += factor * incoming[i] * slope;
                clipped[0] += passes ? 0 : 1;
                assertThat(outgoing[i]).isEqualTo(passes ? incoming[i] : 0);
            });
            // Both branches of the formulas must have been met for the test to mean anything.
            assertThat(clipped[0]).isPositive();
            float[] got = Tensors.floats(latent.scales().grad());
            for (int c = 0; c < got.length; c++) {
                // Float sums of up to a few hundred terms of size 1, times a factor below 1.
                assertThat((double) got[c]).as("channel %d", c).isCloseTo(expected[c], within(1e-4));
            }
            assertThat(got).hasSize(layout.channels());
            Layer untouched = layout.layer(FLOAT_LAYER);
            for (int i = (int) untouched.offset(); i < untouched.offset() + untouched.size(); i++) {
                assertThat(outgoing[i]).isEqualTo(incoming[i]);
            }
        }
    }

    /** What a channel clips moves along with its scale: there the scale's gradient is the derivative itself. */
    @Test
    void whereAllIsClippedTheScalesGradientIsTheFiniteDifference() {
        try (LatentWeights latent = latent();
                PointerScope _ = new PointerScope();
                NoGradGuard _ = new NoGradGuard()) {
            latent.scales().mul_(new Scalar(1e-6));
            float step = 2;
            latent.quantize();
            float[] before = values(model.weights().weights());
            MemorySegment gradient = model.weights().gradient();
            for (long i = 0; i < layout.size(); i++) {
                gradient.setAtIndex(ValueLayout.JAVA_FLOAT, i, i % 3 - 0.5f);
            }
            latent.backward();
            float[] got = Tensors.floats(latent.scales().grad());
            float[] small = Tensors.floats(latent.scales());
            latent.scales().mul_(new Scalar(step));
            latent.quantize();
            float[] after = values(model.weights().weights());

            Layer layer = layout.layer(0);
            double factor = 1 / Math.sqrt(layer.channelSize() * (double) ((1 << (bits[0] - 1)) - 1));
            for (int c = 0; c < layer.channels(); c++) {
                double change = 0;
                for (int k = c * layer.channelSize(); k < (c + 1) * layer.channelSize(); k++) {
                    change += (k % 3 - 0.5f) * ((double) after[k] - before[k]);
                }
                double slope = change / (small[c] * (step - 1)) * factor;
                // Linear in the scale, so that a step of its own size is as good as any; float sums of 147 terms.
                assertThat((double) got[c]).isCloseTo(slope, within(1e-5 * Math.max(1, Math.abs(slope))));
            }
        }
    }

    @Test
    void aScaleThatFallsTooLowComesBackAndAChannelOfZerosStaysZero() {
        MemorySegment weights = model.weights().weights();
        Layer first = layout.layer(0);
        for (long i = 0; i < first.channelSize(); i++) {
            weights.setAtIndex(ValueLayout.JAVA_FLOAT, i, 0);
        }
        try (LatentWeights latent = latent()) {
            float[] start = Tensors.floats(latent.scales());
            try (PointerScope _ = new PointerScope();
                    NoGradGuard _ = new NoGradGuard()) {
                latent.scales().fill_(new Scalar(-1.0));
                latent.keepScalesPositive();
            }
            float[] kept = Tensors.floats(latent.scales());
            assertThat(kept[0]).isZero();
            assertThat(kept[1]).isEqualTo(start[1] / 64).isPositive();

            latent.quantize();
            latent.backward();
            for (float value : Tensors.floats(latent.scales().grad())) {
                assertThat(value).isFinite();
            }
        }
    }

    @Test
    void aWeightThatIsNoNumberIsRefusedWithItsLayer() {
        model.weights().weights().setAtIndex(ValueLayout.JAVA_FLOAT, 5, Float.NaN);

        assertThatThrownBy(this::latent)
                .isInstanceOf(InvalidInputException.class)
                .hasMessageContaining(layout.layer(0).name());
    }

    @Test
    void weightsAndGradientsLieWhereTheKernelsExpectThem() {
        try (LatentWeights latent = latent()) {
            assertThat(latent.weights())
                    .hasSize(bits.length - 1)
                    .doesNotContainKey(layout.layer(FLOAT_LAYER).name());
            Tensor weight = model.weights().tensors().getFirst();
            Tensor view =
                    Objects.requireNonNull(latent.weights().get(layout.layer(0).name()));
            assertThat(view.data_ptr().address()).isNotEqualTo(weight.data_ptr().address());
            assertThat(view.grad().data_ptr().address())
                    .isEqualTo(model.weights().gradient().address());
        }
    }
}
