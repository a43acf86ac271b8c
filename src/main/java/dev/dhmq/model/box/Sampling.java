package dev.dhmq.model.box;

import java.util.SplittableRandom;

/** How a loss chooses the boxes it counts. */
public interface Sampling {
    /** The expectation over all draws: for losses that are measured. */
    Sampling EXPECTED = BalancedSampler::expected;

    /** Chooses among an image's boxes. */
    BalancedSampler.Chosen choose(BalancedSampler sampler, int positives, int negatives);

    /** Draws one after the other from this seed: for losses that are trained on. */
    static Sampling drawn(long seed) {
        SplittableRandom random = new SplittableRandom(seed);
        return (sampler, positives, negatives) -> sampler.draw(positives, negatives, random);
    }
}
