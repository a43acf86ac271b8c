package dev.dhmq.cli;

import java.util.Iterator;
import java.util.List;
import java.util.Locale;
import java.util.function.Function;
import java.util.stream.Stream;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.TypeConversionException;

/** An option that names one of several values by its label, in letters of either case; its labels, for completion. */
abstract class NamedChoice<T> implements ITypeConverter<T>, Iterable<String> {
    private final List<T> values;
    private final Function<T, String> label;

    NamedChoice(Stream<T> values, Function<T, String> label) {
        this.values = values.toList();
        this.label = label;
    }

    /** An enum constant's name as options have it. */
    static String label(Enum<?> value) {
        return value.name().toLowerCase(Locale.ROOT).replace('_', '-');
    }

    private List<String> labels() {
        return values.stream().map(label).toList();
    }

    @Override
    public Iterator<String> iterator() {
        return labels().iterator();
    }

    @Override
    public T convert(String text) {
        return values.stream()
                .filter(value -> label.apply(value).equalsIgnoreCase(text))
                .findFirst()
                .orElseThrow(() -> new TypeConversionException(
                        "'" + text + "' is none of " + String.join(", ", labels()) + Nearest.question(text, labels())));
    }
}
