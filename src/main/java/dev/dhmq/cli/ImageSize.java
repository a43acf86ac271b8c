package dev.dhmq.cli;

import java.util.regex.Matcher;
import java.util.regex.Pattern;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.TypeConversionException;

/**
 * The network's input size, as in {@code --size 256x192}.
 *
 * @param width pixels, a multiple of {@link #MULTIPLE}
 * @param height pixels, likewise
 */
record ImageSize(int width, int height) {
    /** The backbone halves its input five times. */
    private static final int MULTIPLE = 32;

    /** Far above any detector's input, and small enough that an image fits into memory. */
    private static final int MOST = 8192;

    private static final Pattern FORM = Pattern.compile("(\\d{1,5})[xX](\\d{1,5})");

    static ImageSize parse(String text) {
        Matcher match = FORM.matcher(text.strip());
        if (!match.matches()) {
            throw new TypeConversionException("'" + text + "' is not of the form WIDTHxHEIGHT, such as 256x192");
        }
        return new ImageSize(side(match.group(1)), side(match.group(2)));
    }

    private static int side(String digits) {
        int pixels = Integer.parseInt(digits);
        if (pixels < MULTIPLE || pixels > MOST || pixels % MULTIPLE != 0) {
            throw new TypeConversionException(
                    pixels + " is not a multiple of " + MULTIPLE + " from " + MULTIPLE + " to " + MOST);
        }
        return pixels;
    }

    static final class Converter implements ITypeConverter<ImageSize> {
        @Override
        public ImageSize convert(String text) {
            return parse(text);
        }
    }
}
