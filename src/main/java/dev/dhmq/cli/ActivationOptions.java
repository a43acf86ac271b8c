package dev.dhmq.cli;

import dev.dhmq.InvalidInputException;
import dev.dhmq.quant.BitWidths;
import dev.dhmq.quant.RangeMethod;
import dev.dhmq.search.ActivationBits;
import java.util.Objects;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.ArgGroup;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.Option;

/** Mixin: whether and how activations are quantized. */
final class ActivationOptions {
    @ArgGroup(exclusive = true, multiplicity = "0..1", heading = "Activations, one of (default: float32):%n", order = 1)
    private @Nullable Target target;

    @Option(
            names = "--activation-candidates",
            paramLabel = "N,N...",
            converter = Bits.class,
            description = "Bit widths that --activation-mean-bits may choose, from 2 to 8 (default: 4,5,6,8).")
    private @Nullable BitWidths candidates;

    @Option(
            names = "--activation-range",
            defaultValue = "squared-error",
            paramLabel = "RANGE",
            converter = RangeNames.class,
            completionCandidates = RangeNames.class,
            description =
                    "How an activation's range is chosen: squared-error (default), percentile (99.99) or min-max.")
    private RangeMethod range;

    private static final class Target {
        @Option(
                names = "--activation-bits",
                required = true,
                paramLabel = "N",
                converter = Width.class,
                description =
                        "Quantize the input of every layer to this many bits, from 2 to 8; results that are added up"
                                + " get 8.")
        private @Nullable Integer fixed;

        @Option(
                names = "--activation-mean-bits",
                required = true,
                paramLabel = "X",
                converter = Mean.class,
                description =
                        "Give the input of each layer the bits it needs, this many on average; results that are added up"
                                + " get 8.")
        private @Nullable Double mean;
    }

    /**
     * What is asked for; empty where activations stay float.
     *
     * @throws InvalidInputException where options do not fit together
     */
    Optional<ActivationBits> bits() {
        if (candidates != null && (target == null || target.mean == null)) {
            throw new InvalidInputException(
                    "--activation-candidates is for --activation-mean-bits; name a mean, or leave it out.");
        }
        if (target == null) {
            return Optional.empty();
        }
        if (target.fixed != null) {
            return Optional.of(new ActivationBits.Fixed(target.fixed));
        }
        double mean = Objects.requireNonNull(target.mean);
        BitWidths widths = candidates == null ? ActivationBits.Mixed.DEFAULT_CANDIDATES : candidates;
        if (mean < widths.lowest()) {
            throw new InvalidInputException("--activation-mean-bits " + mean + " is less than the narrowest candidate, "
                    + widths.lowest() + "; name more bits, or narrower ones with --activation-candidates.");
        }
        return Optional.of(new ActivationBits.Mixed(widths, mean));
    }

    RangeMethod range() {
        return range;
    }

    static final class Width implements ITypeConverter<Integer> {
        @Override
        public Integer convert(String text) {
            return Numbers.integer(text, BitWidths.NARROWEST, BitWidths.WIDEST);
        }
    }

    static final class Mean implements ITypeConverter<Double> {
        @Override
        public Double convert(String text) {
            return Numbers.above(text, 0);
        }
    }

    static final class RangeNames extends NamedChoice<RangeMethod> {
        RangeNames() {
            super(RangeMethod.all().stream(), RangeMethod::label);
        }
    }
}
