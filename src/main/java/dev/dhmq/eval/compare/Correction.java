package dev.dhmq.eval.compare;

import java.util.List;

/**
 * What a quantized model is judged once more after: its outputs' statistics are corrected on the seed's calibration images, and, where
 * it is to be compensated, once more after that.
 *
 * @param compensation quasi-Newton steps that its weights take before, at most; 0 where it is not to be compensated
 * @param batch images in memory at a time meanwhile
 */
public record Correction(int compensation, int batch) {
    /** The same without compensation before. */
    Correction alone() {
        return new Correction(0, batch);
    }

    List<Treatment> treatments() {
        return compensation > 0 ? List.of(Treatment.CORRECTED, Treatment.COMPENSATED) : List.of(Treatment.CORRECTED);
    }
}
