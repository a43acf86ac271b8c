package dev.dhmq.report.chart;

import dev.dhmq.report.html.Markup;
import java.util.ArrayList;
import java.util.List;

/**
 * Horizontal bars: a row for each name, the rows in groups, and panels of bars side by side that share the rows.
 *
 * @param title what it shows
 * @param groups rows that belong together, from top to bottom
 * @param panels columns of bars, from left to right
 */
public record RowChart(String title, List<Group> groups, List<Panel> panels) {
    private static final double ROW = 18;
    private static final double BAR = 11;
    private static final double GROUP = 26;
    private static final double TOP = 44;
    private static final double BOTTOM = 26;
    private static final double GAP = 26;
    private static final double WIDEST = 1000;
    private static final double MARGIN = 320;
    private static final double PANEL = 270;
    private static final double CHARACTER = 6.3;
    private static final int MOST_CHARACTERS = 36;
    private static final int MOST_TITLE = 30;
    private static final double NARROWEST_PANEL = 110;
    private static final double LABEL = 40;

    /** Shrunk further, its words would be too small to read; then it scrolls. */
    private static final double LEAST_SCALE = 0.8;

    public RowChart {
        groups = List.copyOf(groups);
        panels = List.copyOf(panels);
    }

    /** Rows under one heading; no heading where the name is empty. */
    public record Group(String name, List<String> rows) {
        public Group {
            rows = List.copyOf(rows);
        }
    }

    /**
     * One column of bars.
     *
     * @param rows one for each row of all groups together, in their order
     */
    public record Panel(String title, Scale scale, List<Row> rows) {
        public Panel {
            rows = List.copyOf(rows);
        }
    }

    /**
     * What one row shows in one panel.
     *
     * @param bars beside or upon each other, each from one value to another
     * @param label words behind the last bar; may be empty
     */
    public record Row(List<Bar> bars, String label) {
        public Row {
            bars = List.copyOf(bars);
        }
    }

    /**
     * One bar.
     *
     * @param style class of the style sheet that colours it
     * @param tooltip words that a pointer over it brings up
     */
    public record Bar(double from, double to, String style, String tooltip) {}

    /** Writes the chart; nothing where it has no rows. */
    public void write(Markup page) {
        List<String> names = new ArrayList<>();
        groups.forEach(group -> names.addAll(group.rows()));
        if (names.isEmpty()) {
            return;
        }
        double left = 14
                + CHARACTER
                        * names.stream()
                                .mapToInt(name ->
                                        Svg.shorten(name, MOST_CHARACTERS).length())
                                .max()
                                .orElseThrow();
        double wanted = Math.min(WIDEST, MARGIN + PANEL * panels.size());
        double panel = Math.max(NARROWEST_PANEL, (wanted - left) / panels.size() - GAP);
        double width = left + panels.size() * (panel + GAP);
        double height = TOP + BOTTOM + ROW * names.size() + GROUP * headings();
        Svg.open(page, title, width, height, LEAST_SCALE * width);
        for (int p = 0; p < panels.size(); p++) {
            double x = left + p * (panel + GAP);
            axis(page, panels.get(p), x, panel - LABEL, height - BOTTOM);
        }
        rows(page, left, panel);
        Svg.close(page);
    }

    private long headings() {
        return groups.stream().filter(group -> !group.name().isEmpty()).count();
    }

    private void rows(Markup page, double left, double panel) {
        double y = TOP;
        int row = 0;
        for (Group group : groups) {
            if (!group.name().isEmpty()) {
                y += GROUP;
                Svg.text(page, 0, y - 8, group.name(), "heading");
            }
            for (String name : group.rows()) {
                Svg.text(page, left - 10, y + 13, Svg.shorten(name, MOST_CHARACTERS), "label end");
                for (int p = 0; p < panels.size(); p++) {
                    draw(
                            page,
                            panels.get(p),
                            panels.get(p).rows().get(row),
                            left + p * (panel + GAP),
                            panel - LABEL,
                            y);
                }
                y += ROW;
                row++;
            }
        }
    }

    private static void axis(Markup page, Panel panel, double x, double width, double bottom) {
        Svg.text(page, x, 16, Svg.shorten(panel.title(), MOST_TITLE), "heading");
        for (double tick : panel.scale().ticks()) {
            double at = x + width * panel.scale().place(tick);
            Svg.line(page, at, TOP - 6, at, bottom, tick == 0 ? "zero" : "grid");
            Svg.text(page, at, TOP - 11, panel.scale().label(tick), "tick middle");
        }
    }

    private static void draw(Markup page, Panel panel, Row row, double x, double width, double y) {
        double end = x + width * Math.clamp(panel.scale().place(0), 0, 1);
        for (Bar bar : row.bars()) {
            if (!panel.scale().shows(bar.from()) || !panel.scale().shows(bar.to())) {
                continue;
            }
            double from = x + width * Math.clamp(panel.scale().place(Math.min(bar.from(), bar.to())), 0, 1);
            double to = x + width * Math.clamp(panel.scale().place(Math.max(bar.from(), bar.to())), 0, 1);
            page.open(
                    "rect",
                    "x",
                    Svg.number(from),
                    "y",
                    Svg.number(y + (ROW - BAR) / 2),
                    "width",
                    Svg.number(to - from),
                    "height",
                    Svg.number(BAR),
                    "class",
                    "bar " + bar.style());
            page.leaf("title", bar.tooltip()).close();
            end = Math.max(end, to);
        }
        if (!row.label().isEmpty()) {
            Svg.text(page, end + 5, y + 13, row.label(), "value");
        }
    }
}
