package dev.dhmq.report.html;

import java.util.ArrayDeque;
import java.util.Deque;

/**
 * Markup under way: elements are opened and closed in order, and every text and attribute is escaped, so that names from
 * files stay names. What comes out is well-formed XML that HTML parsers read alike. For one thread.
 */
public final class Markup {
    private static final char REPLACEMENT = '\uFFFD';

    private final StringBuilder out = new StringBuilder(1 << 16);
    private final Deque<String> open = new ArrayDeque<>();

    /**
     * Opens an element.
     *
     * @param attributes names and values in turn
     */
    public Markup open(String element, String... attributes) {
        start(element, attributes);
        out.append('>');
        open.push(element);
        return this;
    }

    /** Closes the element that was opened last and is still open. */
    public Markup close() {
        out.append("</").append(open.pop()).append('>');
        return this;
    }

    /** Text within the open element. */
    public Markup text(String text) {
        escape(text);
        return this;
    }

    /** An element with nothing but text in it. */
    public Markup leaf(String element, String text, String... attributes) {
        return open(element, attributes).text(text).close();
    }

    /** An element with nothing in it, which HTML or SVG lets be empty. */
    public Markup empty(String element, String... attributes) {
        start(element, attributes);
        out.append("/>");
        return this;
    }

    /** A line's end between elements, for people who read the source. */
    public Markup line() {
        out.append('\n');
        return this;
    }

    /**
     * The page's style sheet, which HTML reads as it stands and XML as text.
     *
     * @param css the program's own; without {@code <} and {@code &}, which the two would read differently
     */
    public Markup style(String css) {
        if (css.indexOf('<') >= 0 || css.indexOf('&') >= 0) {
            throw new IllegalArgumentException("A style sheet with < or & is not the same in HTML and XML.");
        }
        out.append("<style>").append(css).append("</style>");
        return this;
    }

    /** The whole, once every element is closed. */
    public String finish() {
        if (!open.isEmpty()) {
            throw new IllegalStateException("These elements are still open: " + open + ".");
        }
        return out.toString();
    }

    private void start(String element, String... attributes) {
        if (attributes.length % 2 != 0) {
            throw new IllegalArgumentException(
                    "The attributes of " + element + " are not names and values in turn: " + attributes.length + ".");
        }
        out.append('<').append(element);
        for (int i = 0; i < attributes.length; i += 2) {
            out.append(' ').append(attributes[i]).append("=\"");
            escape(attributes[i + 1]);
            out.append('"');
        }
    }

    private void escape(String text) {
        for (int i = 0; i < text.length(); ) {
            int c = text.codePointAt(i);
            i += Character.charCount(c);
            switch (c) {
                case '&' -> out.append("&amp;");
                case '<' -> out.append("&lt;");
                case '>' -> out.append("&gt;");
                case '"' -> out.append("&quot;");
                case '\'' -> out.append("&#39;");
                default -> out.appendCodePoint(isAllowed(c) ? c : REPLACEMENT);
            }
        }
    }

    /** XML 1.0 has no control characters but these, no halves of surrogate pairs, and neither of the last two of the plane. */
    private static boolean isAllowed(int c) {
        return c == '\t'
                || c == '\n'
                || c == '\r'
                || (c >= 0x20 && c < 0x7F)
                || (c >= 0xA0 && c < 0xD800)
                || (c >= 0xE000 && c < 0xFFFE)
                || c >= 0x10000;
    }
}
