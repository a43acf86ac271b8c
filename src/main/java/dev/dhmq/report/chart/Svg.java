package dev.dhmq.report.chart;

import dev.dhmq.report.html.Markup;
import java.util.Locale;

/** What all charts write alike: the frame that says what it shows, and numbers with as many digits as a screen needs. */
public final class Svg {
    private Svg() {}

    /**
     * Opens a picture of its own width that shrinks with the page but not below a readable size, where it scrolls.
     *
     * @param title what it shows, read out in its place
     */
    public static void open(Markup page, String title, double width, double height, double least) {
        page.open("div", "class", "scroll chart", "tabindex", "0", "role", "group", "aria-label", title);
        page.open(
                "svg",
                "xmlns",
                "http://www.w3.org/2000/svg",
                "viewBox",
                "0 0 " + number(width) + " " + number(height),
                "role",
                "img",
                "aria-label",
                title,
                "style",
                "max-width:" + number(width) + "px;min-width:" + number(Math.min(least, width)) + "px");
    }

    /** Closes what {@link #open} opened. */
    public static void close(Markup page) {
        page.close().close().line();
    }

    /** Text at a point. */
    public static void text(Markup page, double x, double y, String text, String style) {
        page.leaf("text", text, "x", number(x), "y", number(y), "class", style);
    }

    /** A straight line. */
    public static void line(Markup page, double x1, double y1, double x2, double y2, String style) {
        page.empty("line", "x1", number(x1), "y1", number(y1), "x2", number(x2), "y2", number(y2), "class", style);
    }

    /** A coordinate to a hundredth of a pixel. */
    public static String number(double value) {
        String text = String.format(Locale.ROOT, "%.2f", value);
        return text.endsWith("00") ? text.substring(0, text.length() - 3) : text;
    }

    /** A name that fits so many characters, its middle left out where it must be: beginnings and ends tell layers apart. */
    public static String shorten(String name, int characters) {
        int length = name.codePointCount(0, name.length());
        if (length <= characters) {
            return name;
        }
        int head = (characters - 1) / 2;
        int tail = characters - 1 - head;
        return name.substring(0, name.offsetByCodePoints(0, head))
                + "\u2026"
                + name.substring(name.offsetByCodePoints(name.length(), -tail));
    }
}
