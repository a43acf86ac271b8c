package dev.dhmq.report;

import dev.dhmq.report.chart.Legend;
import dev.dhmq.report.chart.RowChart;
import dev.dhmq.report.chart.Scale;
import dev.dhmq.report.html.Markup;
import dev.dhmq.report.html.Numerals;
import dev.dhmq.report.html.Table;
import dev.dhmq.search.QuantizationPlan.LayerPlan;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Function;

/** What each layer's lost bits were predicted to do to the loss, and did. */
record SensitivitySection(List<PlanDocument> plans) implements Section {
    private static final String TITLE = "Loss change of every layer, predicted and measured";

    @Override
    public String id() {
        return "sensitivity";
    }

    @Override
    public String title() {
        return "Sensitivity";
    }

    @Override
    public void write(Markup page) {
        page.leaf(
                "p",
                "Left, the prediction for all moves of a layer: the gradient along the change of its weights (first order,"
                        + " as far as it counts), which is how it feels what was done to other layers, and half the curvature along that change. Right,"
                        + " what the loss then did, classification and regression apart, each times its weight; steps that moved"
                        + " several layers are shared out by their predictions.",
                "class",
                "lead");
        Legend.write(
                page,
                List.of(
                        Legend.Entry.fill("first order", "gradient"),
                        Legend.Entry.fill("curvature", "curvature"),
                        Legend.Entry.fill("classification", "classification"),
                        Legend.Entry.fill("regression", "regression")));
        PerPlan.write(page, plans, plan -> plan(page, plan));
    }

    private static void plan(Markup page, PlanDocument plan) {
        if (plan.accepted().isEmpty()) {
            page.leaf("p", "No step was taken: the plan was small enough at the start.");
            return;
        }
        List<LayerShare> shares = LayerShare.of(plan);
        List<String> names = plan.layers().stream().map(LayerPlan::name).toList();
        List<LayerGroup.Part> parts = LayerGroup.partsOf(names);
        Scale scale = scale(shares);
        new RowChart(
                        TITLE,
                        parts.stream().map(part -> part.rows(names)).toList(),
                        List.of(
                                panel("predicted", scale, shares, parts, SensitivitySection::predicted),
                                panel("measured", scale, shares, parts, SensitivitySection::measured)))
                .write(page);
        Section.numbers(page, () -> table(page, shares, parts));
    }

    /** One scale for both panels, so that bars can be compared across. */
    private static Scale scale(List<LayerShare> shares) {
        double least = 0;
        double most = 0;
        for (LayerShare share : shares) {
            double[][] pairs = {
                {share.gradientTerm(), share.curvatureTerm()}, {share.classification(), share.regression()}
            };
            for (double[] pair : pairs) {
                least = Math.min(least, Math.min(pair[0], 0) + Math.min(pair[1], 0));
                most = Math.max(most, Math.max(pair[0], 0) + Math.max(pair[1], 0));
            }
        }
        return Scale.Linear.around(least, most, 4);
    }

    private static RowChart.Panel panel(
            String title,
            Scale scale,
            List<LayerShare> shares,
            List<LayerGroup.Part> parts,
            Function<LayerShare, RowChart.Row> row) {
        List<RowChart.Row> rows = new ArrayList<>();
        parts.forEach(part -> part.layers().forEach(l -> rows.add(row.apply(shares.get(l)))));
        return new RowChart.Panel(title, scale, rows);
    }

    private static RowChart.Row predicted(LayerShare share) {
        return row(
                share.gradientTerm(),
                "gradient",
                share.curvatureTerm(),
                "curvature",
                share.layer().name() + ": predicted "
                        + Numerals.general(share.layer().sensitivity()) + ", first order "
                        + Numerals.general(share.gradientTerm()) + ", curvature "
                        + Numerals.general(share.curvatureTerm()),
                share.layer().sensitivity());
    }

    private static RowChart.Row measured(LayerShare share) {
        return row(
                share.classification(),
                "classification",
                share.regression(),
                "regression",
                share.layer().name() + ": measured " + Numerals.general(share.measured()) + ", classification "
                        + Numerals.general(share.classification()) + ", regression "
                        + Numerals.general(share.regression()),
                share.measured());
    }

    /** Two bars end to end: both to one side of zero where their signs agree, or one to each side. */
    private static RowChart.Row row(
            double first, String firstStyle, double second, String secondStyle, String tooltip, double total) {
        double base = first * second > 0 ? first : 0;
        return new RowChart.Row(
                List.of(
                        new RowChart.Bar(0, first, firstStyle, tooltip),
                        new RowChart.Bar(base, base + second, secondStyle, tooltip)),
                Numerals.general(total));
    }

    private static void table(Markup page, List<LayerShare> shares, List<LayerGroup.Part> parts) {
        List<String> columns = List.of(
                "layer",
                "bits",
                "predicted",
                "first order",
                "curvature",
                "measured",
                "classification",
                "regression",
                "curvature a weight, last known");
        Table table = Table.begin(page, TITLE, columns, true);
        for (LayerGroup.Part part : parts) {
            table.group(part.group().title(), columns.size());
            for (int l : part.layers()) {
                LayerShare share = shares.get(l);
                table.row(share.layer().name())
                        .whole(PlanDocument.shownBits(share.layer().bits()));
                for (double value : new double[] {
                    share.layer().sensitivity(),
                    share.gradientTerm(),
                    share.curvatureTerm(),
                    share.measured(),
                    share.classification(),
                    share.regression(),
                    share.layer().curvature()
                }) {
                    table.number(Numerals.general(value), value);
                }
                table.end();
            }
        }
        table.finish();
    }
}
