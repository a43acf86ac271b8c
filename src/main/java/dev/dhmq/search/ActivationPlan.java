package dev.dhmq.search;

import dev.dhmq.quant.ActivationQuantization;
import dev.dhmq.quant.AffineQuantization;
import dev.dhmq.quant.RangeMethod;
import java.util.List;
import java.util.stream.Stream;

/**
 * How a plan's activations are quantized, and what that costs on the calibration set. Immutable.
 *
 * @param bits what was asked for
 * @param range how the ranges were chosen
 * @param activations the quantized inputs, in the order of the layout; those of all other layers stay float32
 * @param results the quantized results, in the order of the layout, at {@link dev.dhmq.quant.BitWidths#WIDEST} bits
 * @param meanBits bits an element, the mean over all inputs, those in float32 too
 * @param weightsOnly both parts of the calibration loss with quantized weights and float activations
 * @param losses the same with quantized activations
 * @param predicted the loss change that the sensitivities add up to; NaN-free, 0 where none was measured
 * @param measured the loss change met
 * @param lossEvaluations forward passes over the calibration set that it took
 */
public record ActivationPlan(
        ActivationBits bits,
        RangeMethod range,
        List<Entry> activations,
        List<ActivationQuantization> results,
        double meanBits,
        TaskLosses weightsOnly,
        TaskLosses losses,
        double predicted,
        double measured,
        int lossEvaluations) {

    /**
     * One quantized input.
     *
     * @param layer name of the layer whose input it is
     * @param elements numbers it has for one image
     * @param quantizer its bits, scale and zero point
     * @param sensitivity the loss change it is predicted to cause by itself; 0 where it was not asked for
     */
    public record Entry(String layer, long elements, AffineQuantization quantizer, double sensitivity) {}

    public ActivationPlan {
        activations = List.copyOf(activations);
        results = List.copyOf(results);
    }

    /** The quantizers alone, to be applied to a model. */
    public List<ActivationQuantization> quantizations() {
        return quantizations(activations, results);
    }

    static List<ActivationQuantization> quantizations(List<Entry> inputs, List<ActivationQuantization> results) {
        return Stream.concat(
                        inputs.stream().map(entry -> ActivationQuantization.ofInput(entry.layer(), entry.quantizer())),
                        results.stream())
                .toList();
    }
}
