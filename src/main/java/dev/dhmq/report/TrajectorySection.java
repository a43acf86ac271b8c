package dev.dhmq.report;

import dev.dhmq.report.chart.Marker;
import dev.dhmq.report.chart.Scale;
import dev.dhmq.report.chart.XyChart;
import dev.dhmq.report.html.Markup;
import dev.dhmq.report.html.Numerals;
import dev.dhmq.report.html.Table;
import dev.dhmq.search.RankCorrelation;
import dev.dhmq.search.SearchStep;
import dev.dhmq.search.TaskLosses;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.OptionalDouble;
import java.util.function.Function;
import java.util.stream.Collectors;

/** How the loss went along the search, as it was predicted and as it was met. */
record TrajectorySection(List<PlanDocument> plans) implements Section {
    private static final String SMALLER = "times smaller than 32 bits";

    @Override
    public String id() {
        return "search";
    }

    @Override
    public String title() {
        return "Loss along the search";
    }

    @Override
    public void write(Markup page) {
        page.leaf(
                "p",
                "Each step lowers some layers and takes one gradient there. The loss is both parts times their weights on the"
                        + " calibration images; predicted is what the step was expected to make of it. A step that raises it"
                        + " much more than predicted is taken back, and an exchange of bits that does not lower it.",
                "class",
                "lead");
        PerPlan.write(page, plans, plan -> plan(page, plan));
    }

    private static void plan(Markup page, PlanDocument plan) {
        if (plan.steps().isEmpty()) {
            page.leaf("p", "No step was taken: the plan was small enough at the start.");
            return;
        }
        page.open("div", "class", "charts");
        figure(page, "Predicted and measured loss, step by step", () -> losses(page, plan));
        figure(page, "Parts of the loss on the way down", () -> parts(page, plan));
        if (plan.steps().size() > 1) {
            figure(page, "Predicted against measured change of each step", () -> scatter(page, plan));
        }
        facts(page, plan);
        page.close();
        Section.numbers(page, () -> table(page, plan));
    }

    private static void figure(Markup page, String caption, Runnable chart) {
        page.open("figure").leaf("figcaption", caption);
        chart.run();
        page.close();
    }

    private static void facts(Markup page, PlanDocument plan) {
        page.open("div", "class", "facts");
        int taken = plan.accepted().size();
        int back = plan.steps().size() - taken;
        fact(page, Integer.toString(taken), "steps stand; " + back + (back == 1 ? " was" : " were") + " taken back");
        fact(page, Integer.toString(plan.cost().gradients()), "gradients in all, those of the start included");
        OptionalDouble dynamical = RankCorrelation.ofSteps(plan.steps());
        if (dynamical.isPresent()) {
            fact(
                    page,
                    Numerals.fixed(dynamical.getAsDouble(), 2),
                    "rank correlation of predicted with measured changes; 1 where they come in the same order");
        }
        RankCorrelation.ofStaticSteps(plan.steps())
                .ifPresent(fixed -> fact(
                        page,
                        Numerals.fixed(fixed, 2),
                        "the same of a static prediction, which never learns from the steps before"));
        RankCorrelation.ofPart(plan.steps(), TaskLosses::classification)
                .ifPresent(classification ->
                        fact(page, Numerals.fixed(classification, 2), "the same of classification by itself"));
        RankCorrelation.ofPart(plan.steps(), TaskLosses::regression)
                .ifPresent(regression -> fact(page, Numerals.fixed(regression, 2), "the same of regression by itself"));
        page.close();
    }

    private static void fact(Markup page, String number, String meaning) {
        page.leaf("p", number, "class", "big").leaf("p", meaning);
    }

    private static void losses(Markup page, PlanDocument plan) {
        List<XyChart.Point> measured = new ArrayList<>();
        SearchStep first = plan.steps().getFirst();
        measured.add(
                XyChart.Point.of(0, plan.lossBefore(first), "start: loss " + Numerals.general(plan.lossBefore(first))));
        plan.accepted()
                .forEach(
                        step -> measured.add(XyChart.Point.of(step.number(), plan.lossAfter(step), words(plan, step))));
        List<XyChart.Point> predicted = points(
                plan.steps(),
                step -> XyChart.Point.of(step.number(), plan.lossBefore(step) + step.predicted(), words(plan, step)));
        List<XyChart.Point> back = points(
                plan.steps().stream().filter(step -> !step.accepted()).toList(),
                step -> XyChart.Point.of(step.number(), plan.lossAfter(step), words(plan, step)));
        List<XyChart.Series> series = new ArrayList<>();
        series.add(new XyChart.Series("measured", "s0", Marker.CIRCLE, true, false, measured));
        series.add(new XyChart.Series("predicted", "s1", Marker.DIAMOND, false, false, predicted));
        if (!back.isEmpty()) {
            series.add(new XyChart.Series("measured, taken back", "s3", Marker.CROSS, false, false, back));
        }
        new XyChart(
                        "Predicted and measured loss, step by step",
                        new XyChart.Axis("step", Extent.linear(series, XyChart.Point::x, 8)),
                        new XyChart.Axis("weighted loss", Extent.suited(series, XyChart.Point::y, 5)),
                        series,
                        List.of(),
                        false)
                .write(page);
    }

    private static void parts(Markup page, PlanDocument plan) {
        List<SearchStep> accepted = plan.accepted();
        List<XyChart.Series> series = List.of(
                new XyChart.Series(
                        "classification",
                        "s0",
                        Marker.CIRCLE,
                        true,
                        false,
                        points(
                                accepted,
                                step -> XyChart.Point.of(
                                        step.compressionRatio(),
                                        plan.weights().classification()
                                                * step.losses().classification(),
                                        words(plan, step)))),
                new XyChart.Series(
                        "regression",
                        "s2",
                        Marker.TRIANGLE,
                        true,
                        true,
                        points(
                                accepted,
                                step -> XyChart.Point.of(
                                        step.compressionRatio(),
                                        plan.weights().regression()
                                                * step.losses().regression(),
                                        words(plan, step)))));
        new XyChart(
                        "Classification and regression loss, each times its weight, against size",
                        new XyChart.Axis(SMALLER, Extent.linear(series, XyChart.Point::x, 6)),
                        new XyChart.Axis("loss, weighted", Extent.suited(series, XyChart.Point::y, 5)),
                        series,
                        List.of(),
                        false)
                .write(page);
    }

    private static void scatter(Markup page, PlanDocument plan) {
        List<XyChart.Series> series = List.of(
                new XyChart.Series(
                        "a static prediction",
                        "neutral",
                        Marker.SQUARE,
                        false,
                        false,
                        points(
                                plan.steps(),
                                step -> XyChart.Point.of(step.predictedStatic(), step.measured(), words(plan, step)))),
                new XyChart.Series(
                        "this search",
                        "s1",
                        Marker.DIAMOND,
                        false,
                        false,
                        points(
                                plan.steps(),
                                step -> XyChart.Point.of(step.predicted(), step.measured(), words(plan, step)))));
        Scale scale = Extent.changes(plan.steps());
        new XyChart(
                        "Predicted against measured change of the loss; on the diagonal they agree",
                        new XyChart.Axis("predicted change", scale),
                        new XyChart.Axis("measured change", scale),
                        series,
                        List.of(),
                        true)
                .write(page);
    }

    private static List<XyChart.Point> points(List<SearchStep> steps, Function<SearchStep, XyChart.Point> point) {
        return steps.stream().map(point).toList();
    }

    private static String words(PlanDocument plan, SearchStep step) {
        return "step " + step.number() + ": predicted " + Numerals.general(step.predicted()) + ", measured "
                + Numerals.general(step.measured()) + ", loss " + Numerals.general(plan.lossAfter(step)) + ", "
                + Numerals.fixed(step.compressionRatio(), 2) + " times smaller"
                + (step.accepted() ? "" : ", taken back");
    }

    private static void table(Markup page, PlanDocument plan) {
        steps(page, plan);
        if (plan.steps().stream().allMatch(step -> step.predictedByTask() != null)) {
            byTask(page, plan);
        }
    }

    private static void byTask(Markup page, PlanDocument plan) {
        Table table = Table.begin(
                page,
                "Changes of both parts of the loss",
                List.of(
                        "step",
                        "classification, predicted",
                        "classification, measured",
                        "regression, predicted",
                        "regression, measured"),
                true);
        for (SearchStep step : plan.steps()) {
            TaskLosses predicted = Objects.requireNonNull(step.predictedByTask());
            TaskLosses measured = step.change();
            table.row(Integer.toString(step.number()));
            for (double change : new double[] {
                predicted.classification(), measured.classification(), predicted.regression(), measured.regression()
            }) {
                table.number(Numerals.general(change), change);
            }
            table.end();
        }
        table.finish();
    }

    private static void steps(Markup page, PlanDocument plan) {
        Table table = Table.begin(
                page,
                "Steps of the search",
                List.of(
                        "step",
                        "layers",
                        "predicted",
                        "static",
                        "measured",
                        "loss",
                        "classification",
                        "regression",
                        "bytes",
                        "times smaller",
                        "taken back",
                        "moves"),
                true);
        for (SearchStep step : plan.steps()) {
            table.row(Integer.toString(step.number()))
                    .whole(step.moves().size())
                    .number(Numerals.general(step.predicted()), step.predicted())
                    .number(Numerals.general(step.predictedStatic()), step.predictedStatic())
                    .number(Numerals.general(step.measured()), step.measured())
                    .number(Numerals.general(plan.lossAfter(step)), plan.lossAfter(step))
                    .number(
                            Numerals.general(step.losses().classification()),
                            step.losses().classification())
                    .number(
                            Numerals.general(step.losses().regression()),
                            step.losses().regression())
                    .whole(step.bytes())
                    .number(Numerals.fixed(step.compressionRatio(), 2), step.compressionRatio())
                    .words(step.accepted() ? "" : "yes")
                    .words(step.moves().stream()
                            .map(move -> LayerGroup.shortName(move.name()) + " " + move.from() + "\u2192" + move.to())
                            .collect(Collectors.joining(", ")))
                    .end();
        }
        table.finish();
    }
}
