package dev.dhmq.tensor;

import static java.lang.foreign.ValueLayout.JAVA_FLOAT;

import java.util.Arrays;
import java.util.List;

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
            ParameterLayout layout, int[] bits, DeviceVector weights, float[] ratios, DeviceVector scales) {
        Lengths.requireBits(layout, bits);
        Lengths.require("The vector of weights", weights.length(), layout.size());
        Lengths.require("The vector of scales", scales.length(), layout.channels());
        Lengths.requireRatios(ratios);
        for (int l = 0; l < bits.length; l++) {
            if (bits[l] == SKIP) {
                continue;
            }
            Layer layer = layout.layer(l);
            for (int c = 0; c < layer.channels(); c++) {
                long from = layer.offset() + (long) c * layer.channelSize();
                float scale = bestScale(weights, from, layer.channelSize(), bits[l], ratios);
                set(scales, layer.firstChannel() + c, scale);
            }
        }
    }

    private static float bestScale(DeviceVector weights, long from, int count, int bits, float[] ratios) {
        float largest = 0;
        for (long i = from; i < from + count; i++) {
            largest = Math.max(largest, Math.abs(get(weights, i)));
        }
        if (!Float.isFinite(largest)) {
            return Float.NaN;
        }
        float unclipped = largest / (1 << (bits - 1));
        float best = unclipped * ratios[0];
        double least = Double.POSITIVE_INFINITY;
        for (float ratio : ratios) {
            float scale = unclipped * ratio;
            double error = 0;
            for (long i = from; i < from + count; i++) {
                float difference = quantize(get(weights, i), scale, bits) - get(weights, i);
                error += (double) difference * difference;
            }
            if (error < least) {
                least = error;
                best = scale;
            }
        }
        return best;
    }

    /** Q(w) = scale * clamp(roundHalfToEven(w / scale), -2^(b-1), 2^(b-1) - 1); 0 where the scale is 0. */
    static float quantize(float w, float scale, int bits) {
        if (scale == 0) {
            return 0;
        }
        float q = (float) Math.rint(w / scale);
        float lowest = -(1 << (bits - 1));
        float highest = (1 << (bits - 1)) - 1;
        return scale * Math.min(Math.max(q, lowest), highest);
    }

    @Override
    public void fakeQuantize(
            ParameterLayout layout, int[] bits, DeviceVector weights, DeviceVector scales, DeviceVector out) {
        Lengths.requireBits(layout, bits);
        Lengths.require("The vector of weights", weights.length(), layout.size());
        Lengths.require("The vector of scales", scales.length(), layout.channels());
        Lengths.require("The vector of results", out.length(), layout.size());
        forEachWeight(
                layout, bits, (l, channel, i) -> set(out, i, quantize(get(weights, i), get(scales, channel), bits[l])));
    }

    @Override
    public void perturbationProducts(
            ParameterLayout layout,
            int[] bits,
            DeviceVector weights,
            DeviceVector scales,
            DeviceVector current,
            List<DeviceVector> vectors,
            double[] out) {
        Lengths.requireBits(layout, bits);
        Lengths.require("The vector of weights", weights.length(), layout.size());
        Lengths.require("The vector of scales", scales.length(), layout.channels());
        Lengths.require("The vector of current weights", current.length(), layout.size());
        Lengths.requireAll("A vector to multiply with", vectors, layout.size());
        int each = 1 + vectors.size();
        Lengths.require("The array of results", out.length, (long) each * bits.length);
        Arrays.fill(out, 0);
        forEachWeight(layout, bits, (l, channel, i) -> {
            float d = quantize(get(weights, i), get(scales, channel), bits[l]) - get(current, i);
            out[l * each] += (double) d * d;
            for (int k = 0; k < vectors.size(); k++) {
                out[l * each + 1 + k] += (double) d * get(vectors.get(k), i);
            }
        });
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
        Lengths.require("The vector of left factors", a.length(), layout.size());
        Lengths.require("The vector of right factors", b.length(), layout.size());
        Lengths.require("The array of results", out.length, layout.layers().size());
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
        Lengths.require("The vector of values", x.length(), layout.size());
        Lengths.require("The array of factors", factors.length, layout.layers().size());
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

    @Override
    public void twoLoopRecursion(
            ParameterLayout layout,
            List<DeviceVector> s,
            List<DeviceVector> y,
            double[] inverseCurvature,
            DeviceVector direction) {
        Lengths.require("The vector of direction", direction.length(), layout.size());
        Lengths.require(
                "The array of inverse curvatures",
                inverseCurvature.length,
                layout.layers().size());
        Lengths.requirePairs(layout, s, y);
        double[] alpha = new double[s.size()];
        for (int k = s.size() - 1; k >= 0; k--) {
            alpha[k] = dot(s.get(k), direction) / dot(s.get(k), y.get(k));
            axpy((float) -alpha[k], y.get(k), direction);
        }
        scaleLayers(layout, inverseCurvature, direction);
        for (int k = 0; k < s.size(); k++) {
            double beta = dot(y.get(k), direction) / dot(s.get(k), y.get(k));
            axpy((float) (alpha[k] - beta), s.get(k), direction);
        }
    }

    private static double dot(DeviceVector a, DeviceVector b) {
        double sum = 0;
        for (long i = 0; i < a.length(); i++) {
            sum += (double) get(a, i) * get(b, i);
        }
        return sum;
    }

    private static float get(DeviceVector vector, long index) {
        return vector.memory().getAtIndex(JAVA_FLOAT, index);
    }

    private static void set(DeviceVector vector, long index, float value) {
        vector.memory().setAtIndex(JAVA_FLOAT, index, value);
    }

    @Override
    public void close() {}
}
