package dev.dhmq.report.chart;

import dev.dhmq.report.html.Markup;

/** Shapes of points, so that series can be told apart without their colours. */
public enum Marker {
    CIRCLE("M-4 0a4 4 0 1 0 8 0a4 4 0 1 0-8 0z"),
    SQUARE("M-3.6-3.6h7.2v7.2h-7.2z"),
    TRIANGLE("M0-4.8L4.6 3.4H-4.6z"),
    DIAMOND("M0-5.2L4.6 0L0 5.2L-4.6 0z"),
    DOWN("M0 4.8L4.6-3.4H-4.6z"),
    PENTAGON("M0-4.8L4.6-1.5L2.8 3.9H-2.8L-4.6-1.5z"),
    PLUS("M-1.5-4.8h3v3.3h3.3v3h-3.3v3.3h-3v-3.3h-3.3v-3h3.3z"),
    CROSS("M-4.6-2.6L-2.6-4.6L0-2L2.6-4.6L4.6-2.6L2 0L4.6 2.6L2.6 4.6L0 2L-2.6 4.6L-4.6 2.6L-2 0z");

    private final String path;

    Marker(String path) {
        this.path = path;
    }

    /** The shape of a series among others; {@link #DOWN} is kept for points below an axis. */
    public static Marker of(int series) {
        Marker[] shapes = {CIRCLE, SQUARE, TRIANGLE, DIAMOND, PENTAGON, PLUS, CROSS};
        return shapes[series % shapes.length];
    }

    void draw(Markup page, double x, double y, String style, String tooltip) {
        page.open(
                "path",
                "d",
                path,
                "transform",
                "translate(" + Svg.number(x) + " " + Svg.number(y) + ")",
                "class",
                "mark " + style);
        if (!tooltip.isEmpty()) {
            page.leaf("title", tooltip);
        }
        page.close();
    }
}
