package dev.dhmq.report;

import dev.dhmq.eval.CocoMetrics;
import dev.dhmq.eval.compare.Cell;
import dev.dhmq.eval.compare.Results;
import dev.dhmq.eval.compare.Spread;
import dev.dhmq.eval.compare.Treatment;
import dev.dhmq.report.chart.Marker;
import dev.dhmq.report.chart.Scale;
import dev.dhmq.report.chart.XyChart;
import dev.dhmq.report.html.Markup;
import dev.dhmq.report.html.Numerals;
import dev.dhmq.search.TaskWeights;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Predicate;
import java.util.function.ToDoubleFunction;

/** Size against accuracy and against loss, of the search and of other methods. */
record ParetoSection(Results results, TaskWeights weights) implements Section {
    private static final String SMALLER = "times smaller than 32 bits";

    /** The name under which a comparison has the search itself; it stands out. */
    private static final String SEARCH = "dhmq";

    private static final int OTHER_STYLES = 6;

    @Override
    public String id() {
        return "pareto";
    }

    @Override
    public String title() {
        return "Size against accuracy";
    }

    @Override
    public void write(Markup page) {
        page.leaf(
                "p",
                "Medians over the seeds; thin lines reach from the least to the most. Points on the lower edge lie below it:"
                        + " detectors that have lost more than half of the float model's AP. The table below has all numbers.",
                "class",
                "lead");
        page.open("div", "class", "charts");
        results.treatments()
                .forEach(treatment -> accuracy(page, "AP on the judging images" + after(treatment), treatment));
        page.open("figure").leaf("figcaption", "Loss on the calibration images");
        loss(page);
        page.close().close();
    }

    private static String after(Treatment treatment) {
        return switch (treatment) {
            case NONE -> "";
            case CORRECTED -> " after dhmq correct";
            case COMPENSATED -> " after dhmq correct --compensate";
        };
    }

    private void accuracy(Markup page, String caption, Treatment treatment) {
        CocoMetrics floats = results.floats().orElseThrow();
        List<XyChart.Series> series = series(
                cell -> cell.metrics(treatment).isPresent(),
                cell -> cell.metrics(treatment).orElseThrow().ap(),
                "AP ");
        page.open("figure").leaf("figcaption", caption);
        new XyChart(
                        caption + " of each method against size",
                        new XyChart.Axis(SMALLER, Extent.linear(series, XyChart.Point::x, 6)),
                        new XyChart.Axis("AP", accuracyScale(series, floats.ap())),
                        series,
                        List.of(new XyChart.Rule(floats.ap(), "float " + Numerals.fixed(floats.ap(), 3))),
                        false)
                .write(page);
        page.close();
    }

    /** From the least AP that is at least half of the float model's: what lies lower would press all else together. */
    private static Scale accuracyScale(List<XyChart.Series> series, double floats) {
        double[] shown = series.stream()
                .flatMap(s -> s.points().stream())
                .mapToDouble(XyChart.Point::y)
                .filter(ap -> ap >= floats / 2)
                .sorted()
                .toArray();
        double least = shown.length == 0 ? floats / 2 : Math.min(shown[0], floats);
        double most = shown.length == 0 ? floats : Math.max(shown[shown.length - 1], floats);
        return Scale.Linear.around(least, most, 6);
    }

    private void loss(Markup page) {
        List<XyChart.Series> series = series(_ -> true, cell -> cell.loss().weighted(weights), "loss ");
        new XyChart(
                        "Calibration loss of each method against size",
                        new XyChart.Axis(SMALLER, Extent.linear(series, XyChart.Point::x, 6)),
                        new XyChart.Axis(
                                "classification + " + Numerals.general(weights.regression() / weights.classification())
                                        + " \u00D7 regression",
                                Extent.suited(series, XyChart.Point::y, 5)),
                        series,
                        List.of(),
                        false)
                .write(page);
    }

    /** A line a method, through the ratios at which all its seeds have the number. */
    private List<XyChart.Series> series(Predicate<Cell> has, ToDoubleFunction<Cell> number, String what) {
        List<XyChart.Series> series = new ArrayList<>();
        int others = 0;
        for (String method : results.methods().keySet()) {
            List<XyChart.Point> points = new ArrayList<>();
            results.ratios().forEach(ratio -> {
                List<Cell> cells = results.judged(method, ratio).toList();
                if (!cells.isEmpty() && cells.stream().allMatch(has)) {
                    points.add(point(method, cells, number, what));
                }
            });
            if (!points.isEmpty()) {
                series.add(series(method, others, points));
            }
            others += method.equals(SEARCH) ? 0 : 1; // a method has one colour in all charts
        }
        return series;
    }

    private static XyChart.Series series(String method, int others, List<XyChart.Point> points) {
        if (method.equals(SEARCH)) {
            return new XyChart.Series(method, "s0 strong", Marker.CIRCLE, true, false, points);
        }
        int i = others % OTHER_STYLES + 1;
        return new XyChart.Series(method, "s" + i, Marker.of(i), true, others >= OTHER_STYLES, points);
    }

    private static XyChart.Point point(String method, List<Cell> cells, ToDoubleFunction<Cell> number, String what) {
        Spread y = Spread.of(cells.stream().mapToDouble(number));
        double x = Spread.of(cells.stream().mapToDouble(Cell::reached)).median();
        String words = method + ": " + what + Numerals.general(y.median()) + ", " + Numerals.fixed(x, 2)
                + " times smaller" + (cells.size() > 1 ? ", median of " + cells.size() + " seeds" : "");
        return new XyChart.Point(x, y.median(), y.least(), y.most(), words);
    }
}
