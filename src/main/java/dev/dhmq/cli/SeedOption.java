package dev.dhmq.cli;

import picocli.CommandLine.Option;

/** Mixin: what makes random choices repeatable. */
final class SeedOption {
    @Option(names = "--seed", paramLabel = "N", description = "Seed of everything random (default: 0).")
    private long seed;

    long value() {
        return seed;
    }
}
