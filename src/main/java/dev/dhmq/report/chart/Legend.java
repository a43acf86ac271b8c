package dev.dhmq.report.chart;

import dev.dhmq.report.html.Markup;
import java.util.List;
import java.util.Optional;

/** What the colours and shapes of a chart stand for, as words that wrap on a narrow page. */
public final class Legend {
    private Legend() {}

    /**
     * One entry.
     *
     * @param style class of the style sheet that colours it
     * @param marker its shape; a filled box where there is none
     * @param dashed whether a dashed line goes through it
     */
    public record Entry(String name, String style, Optional<Marker> marker, boolean dashed) {
        /** The entry of filled bars. */
        public static Entry fill(String name, String style) {
            return new Entry(name, style, Optional.empty(), false);
        }
    }

    /** Writes the entries in a row. */
    public static void write(Markup page, List<Entry> entries) {
        page.open("ul", "class", "legend");
        for (Entry entry : entries) {
            page.open("li");
            page.open("svg", "viewBox", "-11 -7 22 14", "width", "22", "height", "14", "aria-hidden", "true");
            if (entry.marker().isPresent()) {
                page.empty(
                        "path", "d", "M-11 0H11", "class", "line " + entry.style() + (entry.dashed() ? " dashed" : ""));
                entry.marker().get().draw(page, 0, 0, entry.style(), "");
            } else {
                page.empty(
                        "rect",
                        "x",
                        "-8",
                        "y",
                        "-6",
                        "width",
                        "16",
                        "height",
                        "12",
                        "rx",
                        "2",
                        "class",
                        "bar " + entry.style());
            }
            page.close().leaf("span", entry.name()).close();
        }
        page.close().line();
    }
}
