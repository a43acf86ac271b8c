package dev.dhmq.eval.compare;

/**
 * What a quantized model is judged once more after: its outputs' statistics are corrected on the seed's calibration images.
 *
 * @param compensation quasi-Newton steps that its weights take before, at most; 0 for none
 * @param batch images in memory at a time meanwhile
 */
public record Correction(int compensation, int batch) {}
