package dev.dhmq.quant;

import dev.dhmq.InvalidInputException;
import dev.dhmq.tensor.Backend;
import dev.dhmq.tensor.DeviceVector;
import dev.dhmq.tensor.Layer;
import dev.dhmq.tensor.LayerVector;
import dev.dhmq.tensor.ParameterLayout;
import dev.dhmq.tensor.QuantizationParameters;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/**
 * Quantizes the float weights it was made from to any assignment of bit widths: symmetric, per output channel, with the
 * scale of least squared error over a grid of clipping ratios.
 *
 * <p>Owns a copy of the float weights and one scale vector a width. Not safe for use by several threads at once.
 */
public final class WeightQuantizer implements AutoCloseable {
    /**
     * Clipping ratios tried for every channel: 1.2 down to 0.3 in steps of 0.025. Below 1 outliers are cut off, which
     * pays at few bits; above 1 the largest positive weight, one step short of the largest negative one in two's
     * complement, is cut off less.
     */
    private static final float[] CLIPPING_RATIOS = clippingRatios();

    private final Backend backend;
    private final ParameterLayout layout;
    private final DeviceVector weights;
    private final Map<Integer, DeviceVector> scales = new TreeMap<>();

    /**
     * Copies the float weights and searches their scales at every width.
     *
     * @throws InvalidInputException where a layer has a weight that is NaN or infinite
     */
    public WeightQuantizer(Backend backend, ParameterLayout layout, DeviceVector floatWeights, BitWidths widths) {
        this.backend = backend;
        this.layout = layout;
        this.weights = backend.allocate(layout.size());
        try {
            backend.copy(floatWeights, weights);
            requireFinite();
            widths.widths().forEach(this::searchScales);
        } catch (RuntimeException | Error e) { // nobody else can close what a failed constructor took
            close();
            throw e;
        }
    }

    private void searchScales(int width) {
        int[] bits = new int[layout.layers().size()];
        Arrays.fill(bits, width);
        DeviceVector found = backend.allocate(layout.channels());
        scales.put(width, found);
        backend.searchScales(layout, bits, weights, CLIPPING_RATIOS, QuantizationParameters.symmetric(found));
    }

    private static float[] clippingRatios() {
        float[] ratios = new float[37];
        for (int i = 0; i < ratios.length; i++) {
            ratios[i] = (120 - 2.5f * i) / 100;
        }
        return ratios;
    }

    private void requireFinite() {
        double[] squares = new double[layout.layers().size()];
        backend.segmentedDot(layout, weights, weights, squares);
        for (int l = 0; l < squares.length; l++) {
            if (!Double.isFinite(squares[l])) {
                throw new InvalidInputException("Layer " + layout.layer(l).name()
                        + " has weights that are NaN or infinite; use a checkpoint of a training run that converged.");
            }
        }
    }

    /** Where each layer lies. */
    public ParameterLayout layout() {
        return layout;
    }

    /** The float weights; must not be written. */
    public DeviceVector floatWeights() {
        return weights;
    }

    /** Writes Q(W; bits) of the layers not skipped into {@code out}. */
    public void quantize(int[] bits, DeviceVector out) {
        for (int width : widthsIn(bits)) {
            backend.fakeQuantize(layout, only(width, bits), weights, parameters(width), out);
        }
    }

    /**
     * Products of the perturbations D_l = Q(W_l; b_l) - current_l of the layers not skipped.
     *
     * @return a row a layer: D.D, then D.v for each vector; zeros for skipped layers
     */
    public double[][] perturbationProducts(int[] bits, DeviceVector current, List<? extends LayerVector> vectors) {
        int each = 1 + vectors.size();
        double[][] rows = new double[bits.length][each];
        double[] flat = new double[bits.length * each];
        for (int width : widthsIn(bits)) {
            backend.perturbationProducts(layout, only(width, bits), weights, parameters(width), current, vectors, flat);
            for (int l = 0; l < bits.length; l++) {
                if (bits[l] == width) {
                    System.arraycopy(flat, l * each, rows[l], 0, each);
                }
            }
        }
        return rows;
    }

    /** Scales of one layer's channels at this width. */
    public float[] scales(Layer layer, int width) {
        float[] all = backend.read(scales(width));
        return Arrays.copyOfRange(all, layer.firstChannel(), layer.firstChannel() + layer.channels());
    }

    /** Takes these scales for one layer's channels at this width instead of those it found. */
    public void useScales(Layer layer, int width, float[] values) {
        if (values.length != layer.channels()) {
            throw new IllegalArgumentException(
                    layer.name() + " has " + layer.channels() + " channels, but got " + values.length + " scales.");
        }
        backend.write(values, scales(width).slice(layer.firstChannel(), layer.channels()));
    }

    private QuantizationParameters parameters(int width) {
        return QuantizationParameters.symmetric(scales(width));
    }

    private DeviceVector scales(int width) {
        DeviceVector found = scales.get(width);
        if (found == null) {
            throw new IllegalArgumentException(
                    width + " bits are none of the quantizer's widths " + scales.keySet() + ".");
        }
        return found;
    }

    private static List<Integer> widthsIn(int[] bits) {
        return Arrays.stream(bits)
                .filter(b -> b != Backend.SKIP)
                .distinct()
                .sorted()
                .boxed()
                .toList();
    }

    private static int[] only(int width, int[] bits) {
        return Arrays.stream(bits).map(b -> b == width ? b : Backend.SKIP).toArray();
    }

    @Override
    public void close() {
        scales.values().forEach(DeviceVector::close);
        weights.close();
    }
}
