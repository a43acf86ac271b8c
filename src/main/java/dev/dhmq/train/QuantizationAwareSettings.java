package dev.dhmq.train;

/**
 * How quantized weights are trained.
 *
 * @param method where the scales come from
 * @param distillation weight of the float detector's outputs beside the detector's own losses; 0 for none
 */
public record QuantizationAwareSettings(Method method, double distillation) {

    /** Where the scales come from. */
    public enum Method {
        /** Learned with the weights, channel by channel (LSQ; Esser et al., 2020). */
        LSQ,
        /** Those of least squared error, searched anew before every epoch; weights are trained straight through. */
        STE
    }

    public QuantizationAwareSettings {
        if (!(distillation >= 0 && Double.isFinite(distillation))) {
            throw new IllegalArgumentException(
                    "The weight of the float detector's outputs must be at least 0, not " + distillation + ".");
        }
    }
}
