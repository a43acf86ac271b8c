package dev.dhmq.detect;

import java.nio.file.Path;
import java.util.Optional;

/**
 * How a detector is opened. Immutable; {@link #DEFAULT} does for most, and each {@code with} method gives a changed copy.
 *
 * @param plan quantizes the weights, and the activations where it has some; none for the model as it lies in its folder, and for an
 *     {@code .onnx} file
 * @param threads that the network may use for one picture, from 1 to 1024; LibTorch's are shared by the whole process
 * @param minimumScore objects less sure than this are left out, in [0, 1]
 * @param maximumPixels larger pictures are refused before their memory is taken, at least 1; a pixel takes about 30 bytes while
 *     its picture is decoded and resized
 */
public record DetectorSettings(Optional<Path> plan, int threads, double minimumScore, long maximumPixels) {
    /** No plan, a thread for every core, every object the model tells of, and pictures of at most 50 million pixels. */
    public static final DetectorSettings DEFAULT =
            new DetectorSettings(Optional.empty(), Runtime.getRuntime().availableProcessors(), 0, 50_000_000);

    private static final int MOST_THREADS = 1024;

    public DetectorSettings {
        if (threads < 1 || threads > MOST_THREADS) {
            throw new IllegalArgumentException(
                    "A detector uses 1 to " + MOST_THREADS + " threads, not " + threads + ".");
        }
        if (!(minimumScore >= 0 && minimumScore <= 1)) {
            throw new IllegalArgumentException(
                    "A score lies between 0 and 1, so it cannot be at least " + minimumScore + ".");
        }
        if (maximumPixels < 1) {
            throw new IllegalArgumentException(
                    "A picture has at least one pixel, so " + maximumPixels + " is no limit.");
        }
    }

    /** The same with the model quantized by this plan, which must have been made for it. */
    public DetectorSettings withPlan(Path file) {
        return new DetectorSettings(Optional.of(file), threads, minimumScore, maximumPixels);
    }

    /** The same with this many threads. */
    public DetectorSettings withThreads(int count) {
        return new DetectorSettings(plan, count, minimumScore, maximumPixels);
    }

    /** The same without objects less sure than this. */
    public DetectorSettings withMinimumScore(double score) {
        return new DetectorSettings(plan, threads, score, maximumPixels);
    }

    /** The same with another limit of pixels a picture. */
    public DetectorSettings withMaximumPixels(long pixels) {
        return new DetectorSettings(plan, threads, minimumScore, pixels);
    }
}
