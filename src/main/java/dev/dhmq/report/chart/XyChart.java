package dev.dhmq.report.chart;

import dev.dhmq.report.html.Markup;
import java.util.List;
import java.util.Optional;

/**
 * Points over two axes, joined by lines where they follow each other.
 *
 * @param title what it shows
 * @param rules horizontal lines with a name, such as what a float model reaches
 * @param diagonal whether the line where x equals y is drawn; both axes must then have the same scale
 */
public record XyChart(String title, Axis x, Axis y, List<Series> series, List<Rule> rules, boolean diagonal) {
    private static final double WIDTH = 560;
    private static final double HEIGHT = 340;
    private static final double LEFT = 74;
    private static final double RIGHT = 22;
    private static final double TOP = 18;
    private static final double BOTTOM = 52;
    private static final double READABLE = 420;

    public XyChart {
        series = List.copyOf(series);
        rules = List.copyOf(rules);
        if (diagonal && !x.scale().equals(y.scale())) {
            throw new IllegalArgumentException("On axes of different scales equal values lie on no diagonal.");
        }
    }

    /** An axis and what it measures. */
    public record Axis(String name, Scale scale) {}

    /**
     * Points of one kind.
     *
     * @param style class of the style sheet that colours it
     * @param line whether points are joined in their order
     */
    public record Series(String name, String style, Marker marker, boolean line, boolean dashed, List<Point> points) {
        public Series {
            points = List.copyOf(points);
        }
    }

    /**
     * One point.
     *
     * @param low lower end of its range; y itself where it has none
     * @param high upper end of its range
     */
    public record Point(double x, double y, double low, double high, String tooltip) {
        /** A point without a range. */
        public static Point of(double x, double y, String tooltip) {
            return new Point(x, y, y, y, tooltip);
        }
    }

    /** A horizontal line. */
    public record Rule(double y, String name) {}

    /** Writes the legend and the chart. */
    public void write(Markup page) {
        Legend.write(
                page,
                series.stream()
                        .map(s -> new Legend.Entry(s.name(), s.style(), Optional.of(s.marker()), s.dashed()))
                        .toList());
        Svg.open(page, title, WIDTH, HEIGHT, READABLE);
        axes(page);
        for (Rule rule : rules) {
            Svg.line(page, LEFT, atY(rule.y()), WIDTH - RIGHT, atY(rule.y()), "rule");
            Svg.text(page, WIDTH - RIGHT - 4, atY(rule.y()) - 5, rule.name(), "value end");
        }
        if (diagonal) {
            Svg.line(page, LEFT, HEIGHT - BOTTOM, WIDTH - RIGHT, TOP, "rule");
        }
        series.forEach(s -> draw(page, s));
        Svg.close(page);
    }

    private void axes(Markup page) {
        for (double tick : y.scale().ticks()) {
            Svg.line(page, LEFT, atY(tick), WIDTH - RIGHT, atY(tick), tick == 0 ? "zero" : "grid");
            Svg.text(page, LEFT - 8, atY(tick) + 4, y.scale().label(tick), "tick end");
        }
        for (double tick : x.scale().ticks()) {
            Svg.line(page, atX(tick), TOP, atX(tick), HEIGHT - BOTTOM, tick == 0 ? "zero" : "grid");
            Svg.text(page, atX(tick), HEIGHT - BOTTOM + 18, x.scale().label(tick), "tick middle");
        }
        Svg.text(page, (LEFT + WIDTH - RIGHT) / 2, HEIGHT - 10, x.name(), "axis middle");
        page.leaf(
                "text",
                y.name(),
                "transform",
                "translate(16 " + Svg.number((TOP + HEIGHT - BOTTOM) / 2) + ") rotate(-90)",
                "class",
                "axis middle");
    }

    private void draw(Markup page, Series s) {
        List<Point> shown = s.points().stream()
                .filter(p -> x.scale().shows(p.x()) && y.scale().shows(p.y()))
                .toList();
        if (s.line() && shown.size() > 1) {
            StringBuilder path = new StringBuilder();
            for (Point point : shown) {
                path.append(path.isEmpty() ? "M" : "L")
                        .append(Svg.number(atX(point.x())))
                        .append(' ')
                        .append(Svg.number(atY(point.y())));
            }
            page.empty("path", "d", path.toString(), "class", "line " + s.style() + (s.dashed() ? " dashed" : ""));
        }
        for (Point point : shown) {
            if (point.high() > point.low()
                    && y.scale().shows(point.low())
                    && y.scale().shows(point.high())) {
                Svg.line(
                        page,
                        atX(point.x()),
                        atY(point.low()),
                        atX(point.x()),
                        atY(point.high()),
                        "whisker " + s.style());
            }
            boolean below = y.scale().place(point.y()) < 0;
            (below ? Marker.DOWN : s.marker()).draw(page, atX(point.x()), atY(point.y()), s.style(), point.tooltip());
        }
    }

    private double atX(double value) {
        return LEFT + (WIDTH - LEFT - RIGHT) * Math.clamp(x.scale().place(value), 0, 1);
    }

    /** Values beyond the axis lie on its edge. */
    private double atY(double value) {
        return HEIGHT - BOTTOM - (HEIGHT - BOTTOM - TOP) * Math.clamp(y.scale().place(value), 0, 1);
    }
}
