package dev.dhmq.search;

/**
 * Where a plan comes from.
 *
 * @param modelSha256 hash of the checkpoint's file
 * @param seed what fixed every random choice: calibration images and probes
 * @param threads LibTorch's and the kernels' threads; plans are reproducible for a given number
 * @param backend name of the kernels' backend
 */
public record Provenance(String modelSha256, long seed, int threads, String backend) {}
