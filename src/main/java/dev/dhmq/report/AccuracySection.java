package dev.dhmq.report;

import dev.dhmq.eval.CocoMetrics;
import dev.dhmq.report.html.Markup;
import dev.dhmq.report.html.Numerals;
import dev.dhmq.report.html.Table;
import java.util.ArrayList;
import java.util.List;

/** COCO's twelve numbers of detectors, as {@code dhmq eval} has found them. */
record AccuracySection(List<Report.Evaluation> evaluations) implements Section {
    @Override
    public String id() {
        return "accuracy";
    }

    @Override
    public String title() {
        return "Accuracy";
    }

    @Override
    public void write(Markup page) {
        CocoMetrics first = evaluations.getFirst().metrics();
        page.leaf(
                "p",
                "COCO's twelve numbers. Points lost are hundredths of AP against the first row. Small, medium and large objects"
                        + " have up to 32\u00D732, up to 96\u00D796 and more pixels.",
                "class",
                "lead");
        List<String> columns = new ArrayList<>(List.of("detector", "points lost"));
        columns.addAll(first.toMap().keySet());
        Table table = Table.begin(page, "COCO's twelve numbers", columns, true);
        for (int i = 0; i < evaluations.size(); i++) {
            CocoMetrics metrics = evaluations.get(i).metrics();
            table.row(evaluations.get(i).label());
            if (i == 0) {
                table.none();
            } else {
                double lost = 100 * (first.ap() - metrics.ap());
                table.number(Numerals.fixed(lost, 2), lost);
            }
            metrics.toMap().values().forEach(value -> {
                // Below zero COCO means that no object of that kind was annotated.
                if (value < 0) {
                    table.none();
                } else {
                    table.number(Numerals.fixed(value, 4), value);
                }
            });
            table.end();
        }
        table.finish();
    }
}
