package dev.dhmq.cli;

import java.util.List;
import java.util.function.Function;
import java.util.stream.Stream;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.TypeConversionException;

/** Numbers in options, and lists of them with commas between. */
final class Numbers {
    static final int MOST = 1_000_000;

    private Numbers() {}

    static <T> List<T> list(String text, Function<String, T> item) {
        List<T> items =
                Stream.of(text.split(",", -1)).map(String::strip).map(item).toList();
        if (items.stream().distinct().count() < items.size()) {
            throw new TypeConversionException("'" + text + "' names a value twice");
        }
        return items;
    }

    static int integer(String text, int least, int most) {
        try {
            int number = Integer.parseInt(text);
            if (number >= least && number <= most) {
                return number;
            }
        } catch (NumberFormatException e) {
            // Said below, as for a number out of range.
        }
        throw new TypeConversionException("'" + text + "' is not a whole number from " + least + " to " + most);
    }

    /** A finite number above {@code floor}. */
    static double above(String text, int floor) {
        try {
            double number = Double.parseDouble(text);
            if (number > floor && Double.isFinite(number)) {
                return number;
            }
        } catch (NumberFormatException e) {
            // Said below, as for a number out of range.
        }
        throw new TypeConversionException("'" + text + "' is not a number above " + floor);
    }

    /** A number from {@code least} to {@code most}. */
    static double within(String text, int least, int most) {
        try {
            double number = Double.parseDouble(text);
            if (number >= least && number <= most) {
                return number;
            }
        } catch (NumberFormatException e) {
            // Said below, as for a number out of range.
        }
        throw new TypeConversionException("'" + text + "' is not a number from " + least + " to " + most);
    }

    /** A number from 0 to 1. */
    static final class Score implements ITypeConverter<Double> {
        @Override
        public Double convert(String text) {
            return within(text, 0, 1);
        }
    }

    /** Converter: how many of something, at least one. */
    static final class AtLeastOne implements ITypeConverter<Integer> {
        @Override
        public Integer convert(String text) {
            return integer(text, 1, MOST);
        }
    }

    static final class AtLeastZero implements ITypeConverter<Integer> {
        @Override
        public Integer convert(String text) {
            return integer(text, 0, MOST);
        }
    }
}
