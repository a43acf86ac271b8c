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
import java.util.function.ToLongFunction;

/** Where the bytes are. */
record SizeSection(List<PlanDocument> plans) implements Section {
    private static final String TITLE = "Bytes of each part of the detector";

    @Override
    public String id() {
        return "size";
    }

    @Override
    public String title() {
        return "Size";
    }

    @Override
    public void write(Markup page) {
        PlanDocument first = plans.getFirst();
        if (first.layers().isEmpty()) {
            page.leaf("p", "The plan has no layers.");
            return;
        }
        page.leaf(
                "p",
                "Bytes of the quantizable layers: packed weights, and a float32 scale for every output channel. Biases and batch"
                        + " norms are not counted, neither at 32 bits nor quantized.",
                "class",
                "lead");
        List<LayerGroup.Part> parts =
                LayerGroup.partsOf(first.layers().stream().map(LayerPlan::name).toList());
        chart(page, parts);
        Section.numbers(page, () -> table(page, parts));
        plans.forEach(plan -> mismatch(page, plan));
    }

    private void chart(Markup page, List<LayerGroup.Part> parts) {
        List<Legend.Entry> entries = new ArrayList<>();
        parts.forEach(part ->
                entries.add(Legend.Entry.fill(part.group().title(), part.group().style())));
        entries.add(Legend.Entry.fill("scales of all parts", "neutral"));
        Legend.write(page, entries);
        List<String> names = new ArrayList<>(List.of("32 bits"));
        List<RowChart.Row> rows = new ArrayList<>();
        rows.add(row(plans.getFirst(), parts, LayerSize::floats, _ -> 0));
        for (PlanDocument plan : plans) {
            names.add(plan.name());
            rows.add(row(plan, parts, LayerSize::packed, LayerSize::scales));
        }
        double most = total(plans.getFirst(), LayerSize::floats);
        new RowChart(
                        TITLE,
                        List.of(new RowChart.Group("", names)),
                        List.of(new RowChart.Panel("", new Scale.Linear(0, most * 1.05, List.of(0.0)), rows)))
                .write(page);
    }

    private static RowChart.Row row(
            PlanDocument plan,
            List<LayerGroup.Part> parts,
            ToLongFunction<LayerSize> weights,
            ToLongFunction<LayerSize> scales) {
        List<RowChart.Bar> bars = new ArrayList<>();
        double end = 0;
        for (LayerGroup.Part part : parts) {
            long bytes = sum(plan, part, weights);
            bars.add(new RowChart.Bar(
                    end,
                    end + bytes,
                    part.group().style(),
                    part.group().title() + ": " + Numerals.whole(bytes) + " bytes"));
            end += bytes;
        }
        long bytes = total(plan, scales);
        if (bytes > 0) {
            bars.add(new RowChart.Bar(end, end + bytes, "neutral", "Scales: " + Numerals.whole(bytes) + " bytes"));
        }
        return new RowChart.Row(bars, Numerals.bytes(Math.round(end) + bytes));
    }

    private void table(Markup page, List<LayerGroup.Part> parts) {
        List<String> columns = new ArrayList<>(List.of("part", "layers", "weights", "bytes at 32 bits"));
        for (PlanDocument plan : plans) {
            columns.addAll(List.of(plan.name() + ": bytes", "of them scales", "bits a weight"));
        }
        Table table = Table.begin(page, TITLE, columns, true);
        for (LayerGroup.Part part : parts) {
            row(table, part.group().title(), part);
        }
        List<Integer> all =
                parts.stream().flatMap(part -> part.layers().stream()).toList();
        row(table, "all", new LayerGroup.Part(LayerGroup.OTHERS, all));
        table.finish();
    }

    private void row(Table table, String name, LayerGroup.Part part) {
        PlanDocument first = plans.getFirst();
        long weights = part.layers().stream()
                .mapToLong(l -> first.layers().get(l).weights())
                .sum();
        table.row(name).whole(part.layers().size()).whole(weights).whole(sum(first, part, LayerSize::floats));
        for (PlanDocument plan : plans) {
            double bits = part.sum(l -> (double) plan.layers().get(l).weights()
                            * PlanDocument.shownBits(plan.layers().get(l).bits()))
                    / weights;
            table.whole(sum(plan, part, LayerSize::quantized))
                    .whole(sum(plan, part, LayerSize::scales))
                    .number(Numerals.fixed(bits, 2), bits);
        }
        table.end();
    }

    /** A plan whose bits somebody has edited still says its old size. */
    private static void mismatch(Markup page, PlanDocument plan) {
        long bytes = total(plan, LayerSize::quantized);
        if (bytes != plan.bytes()) {
            page.leaf(
                    "p",
                    plan.file().getFileName() + " says that it has " + Numerals.whole(plan.bytes())
                            + " bytes, but its layers make " + Numerals.whole(bytes) + ": it was edited.",
                    "class",
                    "warning");
        }
    }

    private static long sum(PlanDocument plan, LayerGroup.Part part, ToLongFunction<LayerSize> bytes) {
        return part.layers().stream()
                .mapToLong(l -> bytes.applyAsLong(LayerSize.of(plan.layers().get(l))))
                .sum();
    }

    private static long total(PlanDocument plan, ToLongFunction<LayerSize> bytes) {
        return plan.layers().stream()
                .mapToLong(layer -> bytes.applyAsLong(LayerSize.of(layer)))
                .sum();
    }
}
