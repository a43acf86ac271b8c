package dev.dhmq.cli;

import java.util.List;
import java.util.function.Function;
import java.util.stream.Stream;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.TypeConversionException;

/** An option that names one of several values by its label. */
abstract class NamedChoice<T> implements ITypeConverter<T> {
    private final List<T> values;
    private final Function<T, String> label;

    NamedChoice(Stream<T> values, Function<T, String> label) {
        this.values = values.toList();
        this.label = label;
    }

    @Override
    public T convert(String text) {
        return values.stream()
                .filter(value -> label.apply(value).equals(text))
                .findFirst()
                .orElseThrow(() -> new TypeConversionException("'" + text + "' is none of "
                        + String.join(", ", values.stream().map(label).toList())));
    }
}
