package dev.dhmq.cli;

import dev.dhmq.search.Budget;
import java.util.List;
import java.util.function.DoubleFunction;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.Option;
import picocli.CommandLine.TypeConversionException;

/**
 * {@code --ratio}, {@code --bytes}, {@code --mean-bits}, {@code --bops} and {@code --smallest}: use as
 * {@code @ArgGroup(exclusive = true, multiplicity = "1")}, so that picocli asks for exactly one of them.
 */
final class SizeTargetOptions {
    private static final double FEWEST_BITS = 2;
    private static final double MOST_BITS = 8;

    @Option(
            names = "--ratio",
            paramLabel = "X[,X...]",
            converter = Ratios.class,
            description = "Make the weights this many times smaller than at 32 bits, scales included; a list gives"
                    + " one plan for each.")
    private @Nullable List<Budget> ratios;

    @Option(
            names = "--bytes",
            paramLabel = "N",
            converter = ByteCount.class,
            description = "Bring the weights with their scales down to this many bytes.")
    private @Nullable Budget bytes;

    @Option(
            names = "--mean-bits",
            paramLabel = "X",
            converter = BitAverage.class,
            description = "Bring the weights down to this many bits on average, from 2 to 8.")
    private @Nullable Budget meanBits;

    @Option(
            names = "--bops",
            paramLabel = "X",
            converter = BitOperations.class,
            description =
                    "Bring the network down to this many billion bit operations an image: multiply-accumulates times"
                            + " bits of a weight times bits of an activation, 32 where --activation-bits does not say.")
    private @Nullable Double bops;

    @Option(
            names = "--smallest",
            description =
                    "Go all the way down, to the fewest bits of every layer; pareto.csv tells what each size on the way"
                            + " costs.")
    private boolean smallest;

    /**
     * The budgets that were named, in their order: several only for a list of ratios.
     *
     * @param bitOperations makes a budget of bit operations, which takes a network to count them
     * @param fewestBytes of any assignment of the layers
     */
    List<Budget> budgets(DoubleFunction<Budget> bitOperations, LongSupplier fewestBytes) {
        if (ratios != null) {
            return ratios;
        }
        if (bytes != null) {
            return List.of(bytes);
        }
        if (meanBits != null) {
            return List.of(meanBits);
        }
        if (bops != null) {
            return List.of(bitOperations.apply(bops));
        }
        if (smallest) {
            return List.of(new Budget.Bytes(fewestBytes.getAsLong()));
        }
        throw new IllegalStateException("the option group was left empty; give it multiplicity 1");
    }

    static final class Ratios implements ITypeConverter<List<Budget>> {
        @Override
        public List<Budget> convert(String text) {
            return Numbers.list(text, item -> new Budget.CompressionRatio(Numbers.above(item, 1)));
        }
    }

    static final class ByteCount implements ITypeConverter<Budget> {
        @Override
        public Budget convert(String text) {
            double count = Numbers.above(text, 0);
            if (count != Math.rint(count) || count > Long.MAX_VALUE) {
                throw new TypeConversionException("'" + text + "' is not a whole number of bytes");
            }
            return new Budget.Bytes((long) count);
        }
    }

    static final class BitAverage implements ITypeConverter<Budget> {
        @Override
        public Budget convert(String text) {
            double bits = Numbers.above(text, 0);
            if (bits < FEWEST_BITS || bits > MOST_BITS) {
                throw new TypeConversionException("'" + text + "' is not a number of bits from 2 to 8");
            }
            return new Budget.MeanBits(bits);
        }
    }

    static final class BitOperations implements ITypeConverter<Double> {
        private static final double BILLION = 1e9;

        @Override
        public Double convert(String text) {
            return Numbers.above(text, 0) * BILLION;
        }
    }
}
