package dev.dhmq.cli;

import dev.dhmq.InvalidInputException;
import dev.dhmq.eval.compare.Baselines;
import dev.dhmq.eval.compare.Correction;
import dev.dhmq.quant.BitWidths;
import dev.dhmq.search.baseline.Oracle;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.Option;
import picocli.CommandLine.TypeConversionException;

/** Mixin: what is compared, and how often. */
final class CompareOptions {
    /** The search as {@code dhmq search} does it without further options. */
    private static final String SEARCH = "dhmq";

    /** Assignments up to which the oracle tries all: some minutes for a small model. */
    private static final int FEW_ASSIGNMENTS = 5000;

    @Option(
            names = "--methods",
            defaultValue = "uniform,magnitude,random,hawq-v2,hawq-v2-knapsack,static,dhmq",
            paramLabel = "NAME,NAME...",
            converter = Names.class,
            description =
                    "Methods to compare (default: uniform, magnitude, random, hawq-v2, hawq-v2-knapsack, static and"
                            + " dhmq). There are also uniform-within, the widest uniform width that meets the ratio;"
                            + " magnitude-knapsack; static-knapsack; and oracle, for small models.")
    private List<String> methods;

    @Option(
            names = "--variant",
            paramLabel = "'NAME: OPTIONS'",
            description = "A search with these options of dhmq search, such as 'task loss: --objective task'; also with"
                    + " --calibration-images and --calibrate-on FILE, annotations to draw them from. May be repeated.")
    private List<String> variants = List.of();

    @Option(
            names = "--ratio",
            required = true,
            paramLabel = "X,X...",
            converter = Ratios.class,
            description = "How many times smaller the weights are to be than at 32 bits, scales included.")
    private List<Double> ratios;

    @Option(
            names = "--seeds",
            defaultValue = "0,1,2",
            paramLabel = "N,N...",
            converter = Seeds.class,
            description = "Seeds that draw calibration images, probes and random bits (default: 0,1,2).")
    private List<Long> seeds;

    @Option(
            names = "--correct",
            description = "Judge every model once more after dhmq correct has had the same calibration images.")
    private boolean correct;

    @Option(
            names = "--compensate",
            defaultValue = "0",
            paramLabel = "N",
            converter = Numbers.AtLeastZero.class,
            description =
                    "Judge every model a third time after dhmq correct --compensate has had the same calibration images, with"
                            + " so many steps (default: 0, not at all).")
    private int compensation;

    @Option(
            names = "--calibration-images",
            defaultValue = "16",
            paramLabel = "N",
            converter = Numbers.AtLeastOne.class,
            description = "Images to measure the loss on, drawn from the annotated ones by the seed (default: 16).")
    private int calibrationImages;

    @Option(
            names = "--probes",
            defaultValue = "50",
            paramLabel = "N",
            converter = Numbers.AtLeastOne.class,
            description = "Probes of HAWQ-V2, one Hessian-vector product each (default: 50).")
    private int probes;

    @Option(
            names = "--beam",
            defaultValue = "2",
            paramLabel = "N",
            converter = Numbers.AtLeastOne.class,
            description = "Assignments the oracle keeps at every step (default: 2).")
    private int beam;

    @Option(
            names = "--bits",
            defaultValue = "2,3,4,5,6,8",
            paramLabel = "N,N...",
            converter = Bits.class,
            description = "Bit widths a layer may have, for all methods (default: 2,3,4,5,6,8).")
    private BitWidths bits;

    @Option(
            names = "--pin",
            paramLabel = "PATTERN",
            description = "Layers that stay at the highest width; * stands for any text. May be repeated.")
    private List<String> pinned = List.of();

    @Option(names = "--exclude", paramLabel = "PATTERN", description = "Layers that stay in float32. May be repeated.")
    private List<String> excluded = List.of();

    @Option(
            names = "--batch",
            defaultValue = "8",
            paramLabel = "N",
            converter = Numbers.AtLeastOne.class,
            description = "Images in memory at a time while taking gradients (default: 8).")
    private int batch;

    List<Double> ratios() {
        return ratios;
    }

    List<Long> seeds() {
        return seeds;
    }

    /**
     * What every model is judged once more after.
     *
     * @throws InvalidInputException where weights are to be compensated but not corrected
     */
    Optional<Correction> correction() {
        if (!correct && compensation > 0) {
            throw new InvalidInputException("--compensate is judged beside a correction; give --correct as well.");
        }
        return correct ? Optional.of(new Correction(compensation, batch)) : Optional.empty();
    }

    int calibrationImages() {
        return calibrationImages;
    }

    int batch() {
        return batch;
    }

    Baselines baselines() {
        return new Baselines(probes, new Oracle(beam, FEW_ASSIGNMENTS));
    }

    /**
     * The methods' names that are not searches.
     *
     * @throws InvalidInputException where one is not known
     */
    List<String> baselineNames(Baselines known) {
        List<String> names =
                methods.stream().filter(name -> !name.equals(SEARCH)).toList();
        List<String> all = new ArrayList<>(known.names());
        all.add(SEARCH);
        for (String name : names) {
            if (!known.names().contains(name)) {
                throw new InvalidInputException("--methods: '" + name + "' is none of " + SEARCH + ", "
                        + String.join(", ", known.names())
                        + Nearest.question(name, all) + ".");
            }
        }
        return names;
    }

    /** What says to every search what all methods keep to; a variant that says otherwise has its way. */
    Variant common() {
        return Variant.parse(SEARCH + ":", commonWords());
    }

    /**
     * The searches: {@code dhmq} where it is named, then the variants.
     *
     * @throws InvalidInputException where one cannot be read, or a name is there twice
     */
    List<Variant> searches() {
        List<Variant> searches = new ArrayList<>();
        if (methods.contains(SEARCH)) {
            searches.add(common());
        }
        variants.forEach(text -> searches.add(Variant.parse(text, commonWords())));
        Set<String> names = new HashSet<>(methods);
        names.remove(SEARCH);
        for (Variant search : searches) {
            if (!names.add(search.name())) {
                throw new InvalidInputException(
                        "Two methods are named '" + search.name() + "'; give the --variant another name.");
            }
        }
        return searches;
    }

    private List<String> commonWords() {
        List<String> words = new ArrayList<>(List.of("--bits", joined(bits), "--batch", Integer.toString(batch)));
        pinned.forEach(pattern -> words.addAll(List.of("--pin", pattern)));
        excluded.forEach(pattern -> words.addAll(List.of("--exclude", pattern)));
        return words;
    }

    private static String joined(BitWidths bits) {
        return bits.widths().stream().map(String::valueOf).collect(Collectors.joining(","));
    }

    static final class Names implements ITypeConverter<List<String>> {
        @Override
        public List<String> convert(String text) {
            return Numbers.list(text, name -> name);
        }
    }

    static final class Ratios implements ITypeConverter<List<Double>> {
        @Override
        public List<Double> convert(String text) {
            return Numbers.list(text, item -> Numbers.above(item, 1));
        }
    }

    static final class Seeds implements ITypeConverter<List<Long>> {
        @Override
        public List<Long> convert(String text) {
            return Numbers.list(text, Seeds::seed);
        }

        private static Long seed(String item) {
            try {
                return Long.valueOf(item);
            } catch (NumberFormatException e) {
                throw new TypeConversionException("'" + item + "' is not a whole number");
            }
        }
    }
}
