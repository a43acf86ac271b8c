package dev.dhmq.report.html;

import java.util.Locale;

/** Numbers as people read them: the same in every locale, with a true minus sign. */
public final class Numerals {
    private static final String MINUS = "\u2212";

    private Numerals() {}

    /** Thousands apart, such as {@code 318,608}. */
    public static String whole(long value) {
        return typeset(String.format(Locale.ROOT, "%,d", value));
    }

    /** So many digits after the point. */
    public static String fixed(double value, int digits) {
        return typeset(String.format(Locale.ROOT, "%,." + digits + "f", value));
    }

    /** Three significant digits of a number of any size, such as {@code 0.149} or {@code 4.75e-4}. */
    public static String general(double value) {
        double size = Math.abs(value);
        if (value == 0) {
            return "0";
        }
        if (size >= 1e-3 && size < 1e5) {
            int digits = Math.clamp(2 - (long) Math.floor(Math.log10(size)), 0, 5);
            return fixed(value, digits);
        }
        return typeset(String.format(Locale.ROOT, "%.2e", value).replaceFirst("e[+]?(-?)0*(\\d)", "e$1$2"));
    }

    /** Bytes in the unit that leaves them readable: 1000 to the next. */
    public static String bytes(long bytes) {
        if (bytes < 1000) {
            return bytes + " B";
        }
        if (bytes < 1_000_000) {
            return general(bytes / 1e3) + " kB";
        }
        return bytes < 1_000_000_000 ? general(bytes / 1e6) + " MB" : general(bytes / 1e9) + " GB";
    }

    private static String typeset(String text) {
        return text.replace("-", MINUS);
    }
}
