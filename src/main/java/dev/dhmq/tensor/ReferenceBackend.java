package dev.dhmq.tensor;

import static java.lang.foreign.ValueLayout.JAVA_BYTE;
import static java.lang.foreign.ValueLayout.JAVA_FLOAT;

import java.lang.foreign.MemorySegment;
import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Every kernel as the plainest Java that computes it: works everywhere, and is what the fast backends are checked
 * against. One thread; sums in double, in order.
 */
public final class ReferenceBackend extends HostBackend {

    @Override
    public String name() {
        return "reference";
    }

    @Override
    public String description() {
        return "reference: plain Java, 1 thread";
    }

    @Override
    public void searchScales(
            ParameterLayout layout,
            int[] bits,
            DeviceVector weights,
            float[] ratios,
            QuantizationParameters parameters) {
        Lengths.requireSearch(layout, bits, weights, ratios, parameters);
        for (int l = 0; l < bits.length; l++) {
            if (bits[l] == SKIP) {
                continue;
            }
            Layer layer = layout.layer(l);
            for (int c = 0; c < layer.channels(); c++) {
                float[] channel = channel(weights, layer, c);
                int index = layer.firstChannel() + c;
                ReferenceQuantizer found = parameters.zeroPoints() == null
                        ? ReferenceQuantizer.searchSymmetric(channel, bits[l], ratios)
                        : ReferenceQuantizer.searchAffine(channel, bits[l], ratios);
                set(parameters.scales(), index, found.scale());
                if (parameters.zeroPoints() != null) {
                    set(parameters.zeroPoints(), index, found.zeroPoint());
                }
            }
        }
    }

    private static float[] channel(DeviceVector weights, Layer layer, int channel) {
        float[] values = new float[layer.channelSize()];
        for (int i = 0; i < values.length; i++) {
            values[i] = get(weights, layer.offset() + (long) channel * layer.channelSize() + i);
        }
        return values;
    }

    private static ReferenceQuantizer quantizer(QuantizationParameters parameters, int channel, int bits) {
        float scale = get(parameters.scales(), channel);
        return parameters.zeroPoints() == null
                ? ReferenceQuantizer.symmetric(bits, scale)
                : ReferenceQuantizer.affine(bits, scale, get(parameters.zeroPoints(), channel));
    }

    @Override
    public void fakeQuantize(
            ParameterLayout layout,
            int[] bits,
            DeviceVector weights,
            QuantizationParameters parameters,
            DeviceVector out) {
        Lengths.requireQuantization(layout, bits, weights, parameters, out);
        forEachWeight(
                layout,
                bits,
                (l, channel, i) ->
                        set(out, i, quantizer(parameters, channel, bits[l]).quantize(get(weights, i))));
    }

    @Override
    public void fakeQuantizeBackward(
            ParameterLayout layout,
            int[] bits,
            DeviceVector weights,
            QuantizationParameters parameters,
            DeviceVector gradients,
            DeviceVector weightGradients,
            @Nullable DeviceVector scaleGradients) {
        Lengths.requireBackward(layout, bits, weights, parameters, gradients, weightGradients, scaleGradients);
        double[] sums = new double[layout.channels()];
        forEachWeight(layout, bits, (l, channel, i) -> {
            ReferenceQuantizer quantizer = quantizer(parameters, channel, bits[l]);
            float gradient = get(gradients, i);
            sums[channel] += (double) gradient * quantizer.scaleSlope(get(weights, i));
            set(weightGradients, i, quantizer.passes(get(weights, i)) ? gradient : 0);
        });
        for (int l = 0; l < bits.length && scaleGradients != null; l++) {
            Layer layer = layout.layer(l);
            for (int c = 0; c < layer.channels() && bits[l] != SKIP; c++) {
                set(scaleGradients, layer.firstChannel() + c, (float) sums[layer.firstChannel() + c]);
            }
        }
    }

    @Override
    public void pack(
            PackedLayout packing, DeviceVector weights, QuantizationParameters parameters, MemorySegment packed) {
        ParameterLayout layout = packing.layout();
        int[] bits = packing.bits();
        Lengths.requirePacking(packing, weights, parameters, packed);
        packed.fill((byte) 0);
        forEachWeight(layout, bits, (l, channel, i) -> {
            float q = quantizer(parameters, channel, bits[l]).integer(get(weights, i));
            if (Float.isNaN(q)) {
                throw PackedLayout.notFinite();
            }
            long firstBit = 8 * packing.offset(l) + (i - layout.layer(l).offset()) * bits[l];
            for (int bit = 0; bit < bits[l]; bit++) {
                if (((int) q >> bit & 1) == 1) {
                    long at = (firstBit + bit) / 8;
                    int mask = 1 << (firstBit + bit) % 8;
                    packed.set(JAVA_BYTE, at, (byte) (packed.get(JAVA_BYTE, at) | mask));
                }
            }
        });
    }

    @Override
    public void unpack(
            PackedLayout packing, MemorySegment packed, QuantizationParameters parameters, DeviceVector out) {
        ParameterLayout layout = packing.layout();
        int[] bits = packing.bits();
        Lengths.requireUnpacking(packing, packed, parameters, out);
        forEachWeight(layout, bits, (l, channel, i) -> {
            long firstBit = 8 * packing.offset(l) + (i - layout.layer(l).offset()) * bits[l];
            int q = 0;
            for (int bit = 0; bit < bits[l]; bit++) {
                long at = (firstBit + bit) / 8;
                q |= (packed.get(JAVA_BYTE, at) >> (firstBit + bit) % 8 & 1) << bit;
            }
            boolean signed = parameters.zeroPoints() == null;
            int value = signed && q >= 1 << (bits[l] - 1) ? q - (1 << bits[l]) : q;
            set(out, i, quantizer(parameters, channel, bits[l]).value(value));
        });
    }

    @Override
    public void perturbationProducts(
            ParameterLayout layout,
            int[] bits,
            DeviceVector weights,
            QuantizationParameters parameters,
            DeviceVector current,
            List<? extends LayerVector> vectors,
            double[] out) {
        Lengths.requirePerturbation(layout, bits, weights, parameters, current, vectors, out);
        int each = 1 + vectors.size();
        Arrays.fill(out, 0);
        forEachWeight(layout, bits, (l, channel, i) -> {
            float d = quantizer(parameters, channel, bits[l]).quantize(get(weights, i)) - get(current, i);
            out[l * each] += (double) d * d;
            for (int k = 0; k < vectors.size(); k++) {
                out[l * each + 1 + k] += (double) d * get(vectors.get(k), layout, l, i);
            }
        });
    }

    @Override
    public void compactProducts(
            ParameterLayout layout, List<? extends LayerVector> vectors, DeviceVector x, double[] out) {
        Lengths.requireProducts(layout, vectors, x, out);
        for (int l = 0; l < layout.layers().size(); l++) {
            Layer layer = layout.layer(l);
            for (int k = 0; k < vectors.size(); k++) {
                double sum = 0;
                for (long i = layer.offset(); i < layer.offset() + layer.size(); i++) {
                    sum += (double) get(vectors.get(k), layout, l, i) * get(x, i);
                }
                out[l * vectors.size() + k] = sum;
            }
        }
    }

    /** Element i of a vector that spans the layout, in layer l; 0 where that is not stored. */
    private static float get(LayerVector vector, ParameterLayout layout, int l, long i) {
        long begin = vector.begin(layout, l);
        return begin == LayerVector.ABSENT
                ? 0
                : get(vector.values(), begin + i - layout.layer(l).offset());
    }

    /** Takes one weight: its layer's index, its channel's among all channels, and its own in the flat vector. */
    private interface WeightAction {
        void accept(int layer, int channel, long index);
    }

    private static void forEachWeight(ParameterLayout layout, int[] bits, WeightAction action) {
        for (int l = 0; l < bits.length; l++) {
            if (bits[l] == SKIP) {
                continue;
            }
            Layer layer = layout.layer(l);
            for (int c = 0; c < layer.channels(); c++) {
                long from = layer.offset() + (long) c * layer.channelSize();
                for (long i = from; i < from + layer.channelSize(); i++) {
                    action.accept(l, layer.firstChannel() + c, i);
                }
            }
        }
    }

    @Override
    public void segmentedDot(ParameterLayout layout, DeviceVector a, DeviceVector b, double[] out) {
        Lengths.requireDot(layout, a, b, out);
        for (int l = 0; l < out.length; l++) {
            Layer layer = layout.layer(l);
            double sum = 0;
            for (long i = layer.offset(); i < layer.offset() + layer.size(); i++) {
                sum += (double) get(a, i) * get(b, i);
            }
            out[l] = sum;
        }
    }

    @Override
    public void axpy(float alpha, DeviceVector x, DeviceVector y) {
        Lengths.requireEqual(x, y);
        for (long i = 0; i < x.length(); i++) {
            set(y, i, get(y, i) + alpha * get(x, i));
        }
    }

    @Override
    public void scaleLayers(ParameterLayout layout, double[] factors, DeviceVector x) {
        Lengths.requireScaling(layout, factors, x);
        for (int l = 0; l < factors.length; l++) {
            Layer layer = layout.layer(l);
            for (long i = layer.offset(); i < layer.offset() + layer.size(); i++) {
                set(x, i, (float) (get(x, i) * factors[l]));
            }
        }
    }

    @Override
    public void fillRademacher(long seed, long stream, DeviceVector out) {
        int[] block = new int[4];
        for (long i = 0; i < out.length(); i++) {
            if (i % 128 == 0) {
                Philox.block(i / 128, stream, seed, block);
            }
            int word = block[(int) (i / 32 % 4)];
            set(out, i, (word >>> (i % 32) & 1) == 0 ? 1 : -1);
        }
    }

    /** The textbook's two loops, with every dot taken where the textbook takes it. */
    @Override
    public void twoLoopRecursion(
            ParameterLayout layout,
            List<? extends LayerVector> steps,
            List<DeviceVector> changes,
            double[] products,
            double[] inverseCurvature,
            DeviceVector direction) {
        Lengths.requireRecursion(layout, steps, changes, products, inverseCurvature, direction, Integer.MAX_VALUE);
        int m = steps.size();
        double[] alpha = new double[m];
        for (int k = m - 1; k >= 0; k--) {
            alpha[k] = dot(layout, steps.get(k), direction) / products[k * m + k];
            add(layout, -alpha[k], changes.get(k), direction);
        }
        scaleLayers(layout, inverseCurvature, direction);
        for (int k = 0; k < m; k++) {
            double beta = dot(layout, changes.get(k), direction) / products[k * m + k];
            add(layout, alpha[k] - beta, steps.get(k), direction);
        }
    }

    private double dot(ParameterLayout layout, LayerVector a, DeviceVector b) {
        double[] byLayer = new double[layout.layers().size()];
        compactProducts(layout, List.of(a), b, byLayer);
        return Arrays.stream(byLayer).sum();
    }

    private static void add(ParameterLayout layout, double alpha, LayerVector x, DeviceVector y) {
        for (int l = 0; l < layout.layers().size(); l++) {
            Layer layer = layout.layer(l);
            for (long i = layer.offset(); i < layer.offset() + layer.size(); i++) {
                set(y, i, get(y, i) + (float) alpha * get(x, layout, l, i));
            }
        }
    }

    private static float get(DeviceVector vector, long index) {
        return vector.hostMemory().getAtIndex(JAVA_FLOAT, index);
    }

    private static void set(DeviceVector vector, long index, float value) {
        vector.hostMemory().setAtIndex(JAVA_FLOAT, index, value);
    }

    @Override
    public void close() {}
}
