package dev.dhmq.search;

import dev.dhmq.quant.AffineQuantization;
import dev.dhmq.quant.BitWidths;
import dev.dhmq.quant.ObservedActivation;
import dev.dhmq.quant.RangeMethod;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * One activation at every width it may have: how it would be quantized there, and what that is predicted to do to the
 * loss.
 *
 * <p>Near the quantized weights the loss is taken as quadratic along an activation's error, so the change measured at one
 * width says the changes at all: S_a(b) = change(probe) E_a(b) / E_a(probe), with E the squared error over the observed
 * histogram.
 */
final class ActivationSensitivity {
    private final ObservedActivation observed;
    private final Map<Integer, AffineQuantization> quantizers = new TreeMap<>();
    private final Map<Integer, Double> errors = new TreeMap<>();
    private double changePerError;

    ActivationSensitivity(ObservedActivation observed, BitWidths widths, RangeMethod range) {
        this.observed = observed;
        for (int width : widths.widths()) {
            AffineQuantization quantizer = range.choose(observed.histogram(), width);
            quantizers.put(width, quantizer);
            errors.put(width, observed.histogram().squaredError(quantizer));
        }
    }

    String layer() {
        return observed.layer();
    }

    long elements() {
        return observed.elements();
    }

    AffineQuantization quantizer(int bits) {
        return known(quantizers.get(bits), bits);
    }

    private double error(int bits) {
        return known(errors.get(bits), bits);
    }

    /** Learns from a measured change of the loss. An activation that is exact at the probe's width costs nothing. */
    void measured(int probe, double change) {
        changePerError = error(probe) > 0 ? change / error(probe) : 0;
    }

    /** S_a: the change of the loss when this activation alone goes from float to this many bits. */
    double at(int bits) {
        return changePerError * error(bits);
    }

    private <T> T known(@Nullable T value, int bits) {
        if (value == null) {
            throw new IllegalArgumentException(
                    bits + " bits are none of the widths of " + layer() + ": " + quantizers.keySet() + ".");
        }
        return value;
    }
}
