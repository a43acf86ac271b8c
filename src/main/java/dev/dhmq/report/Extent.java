package dev.dhmq.report;

import dev.dhmq.report.chart.Scale;
import dev.dhmq.report.chart.XyChart;
import dev.dhmq.search.SearchStep;
import java.util.List;
import java.util.function.ToDoubleFunction;
import java.util.stream.DoubleStream;

/** Axes that hold all points of some series. */
final class Extent {
    /** From here on a linear axis would press most of the points onto its lower end. */
    private static final double WIDE = 20;

    private Extent() {}

    /** A linear axis. */
    static Scale linear(List<XyChart.Series> series, ToDoubleFunction<XyChart.Point> coordinate, int intervals) {
        double[] values = finite(series, coordinate);
        if (values.length == 0) {
            return Scale.Linear.around(0, 1, intervals);
        }
        return Scale.Linear.around(values[0], values[values.length - 1], intervals);
    }

    /** A logarithmic axis where all values are above zero and far apart, otherwise a linear one from zero or below. */
    static Scale suited(List<XyChart.Series> series, ToDoubleFunction<XyChart.Point> coordinate, int intervals) {
        double[] values = finite(series, coordinate);
        if (values.length > 0 && values[0] > 0 && values[values.length - 1] / values[0] > WIDE) {
            return Scale.Logarithmic.around(values[0], values[values.length - 1]);
        }
        return values.length == 0
                ? Scale.Linear.around(0, 1, intervals)
                : Scale.Linear.around(Math.min(0, values[0]), Math.max(0, values[values.length - 1]), intervals);
    }

    /** One axis for predicted and measured changes of the loss alike: logarithmic, to both sides of zero where some fell. */
    static Scale changes(List<SearchStep> steps) {
        double[] all = steps.stream()
                .flatMapToDouble(step -> DoubleStream.of(step.predicted(), step.predictedStatic(), step.measured()))
                .sorted()
                .toArray();
        double least = all[0];
        double most = all[all.length - 1];
        return least > 0 ? Scale.Logarithmic.around(least, most) : Scale.SignedLogarithmic.around(least, most);
    }

    private static double[] finite(List<XyChart.Series> series, ToDoubleFunction<XyChart.Point> coordinate) {
        return series.stream()
                .flatMap(s -> s.points().stream())
                .mapToDouble(coordinate)
                .filter(Double::isFinite)
                .sorted()
                .toArray();
    }
}
