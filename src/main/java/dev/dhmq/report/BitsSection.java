package dev.dhmq.report;

import dev.dhmq.quant.BitWidths;
import dev.dhmq.report.chart.RowChart;
import dev.dhmq.report.chart.Scale;
import dev.dhmq.report.html.Markup;
import dev.dhmq.report.html.Numerals;
import dev.dhmq.report.html.Table;
import dev.dhmq.search.QuantizationPlan.LayerPlan;
import java.util.ArrayList;
import java.util.List;

/** How many bits every layer has, in every plan. */
record BitsSection(List<PlanDocument> plans) implements Section {
    @Override
    public String id() {
        return "bits";
    }

    @Override
    public String title() {
        return "Bits per layer";
    }

    @Override
    public void write(Markup page) {
        List<String> names = names();
        if (names.isEmpty()) {
            page.leaf("p", "The plan has no layers.");
            return;
        }
        page.leaf(
                "p",
                "Bits of the weights, each layer in the order of the network, and how many weights it has: their product is what"
                        + " fills the file.",
                "class",
                "lead");
        List<LayerGroup.Part> parts = LayerGroup.partsOf(names);
        List<RowChart.Panel> panels = new ArrayList<>();
        plans.forEach(plan -> panels.add(bits(plan, parts)));
        panels.add(weights(parts));
        new RowChart(
                        "Bits of the weights of every layer",
                        parts.stream().map(part -> part.rows(names)).toList(),
                        panels)
                .write(page);
        Section.numbers(page, () -> table(page, parts));
        if (plans.stream().anyMatch(plan -> !plan.activations().isEmpty())) {
            new ActivationBitsChart(plans).write(page);
        }
    }

    private List<String> names() {
        return plans.getFirst().layers().stream().map(LayerPlan::name).toList();
    }

    private static RowChart.Panel bits(PlanDocument plan, List<LayerGroup.Part> parts) {
        List<RowChart.Row> rows = new ArrayList<>();
        for (LayerGroup.Part part : parts) {
            for (int l : part.layers()) {
                LayerPlan layer = plan.layers().get(l);
                String label = Integer.toString(PlanDocument.shownBits(layer.bits()));
                rows.add(new RowChart.Row(
                        List.of(new RowChart.Bar(
                                0,
                                PlanDocument.drawnBits(layer.bits()),
                                part.group().style(),
                                layer.name() + ": " + label + " bits")),
                        label));
            }
        }
        return new RowChart.Panel(plan.name(), Scale.Linear.between(0, BitWidths.WIDEST, 2), rows);
    }

    private RowChart.Panel weights(List<LayerGroup.Part> parts) {
        List<LayerPlan> layers = plans.getFirst().layers();
        double most = layers.stream().mapToLong(LayerPlan::weights).max().orElseThrow();
        List<RowChart.Row> rows = new ArrayList<>();
        for (LayerGroup.Part part : parts) {
            for (int l : part.layers()) {
                long weights = layers.get(l).weights();
                String words = Numerals.whole(weights);
                rows.add(new RowChart.Row(
                        List.of(new RowChart.Bar(
                                0, weights, "neutral", layers.get(l).name() + ": " + words + " weights")),
                        words));
            }
        }
        return new RowChart.Panel("weights", new Scale.Linear(0, most * 1.4, List.of(0.0)), rows);
    }

    private void table(Markup page, List<LayerGroup.Part> parts) {
        List<String> columns = new ArrayList<>(List.of("layer", "weights", "channels"));
        plans.forEach(plan -> columns.add(plan.name()));
        Table table = Table.begin(page, "Bits of the weights of every layer", columns, true);
        for (LayerGroup.Part part : parts) {
            table.group(part.group().title(), columns.size());
            for (int l : part.layers()) {
                LayerPlan layer = plans.getFirst().layers().get(l);
                table.row(layer.name()).whole(layer.weights()).whole(layer.channels());
                for (PlanDocument plan : plans) {
                    table.whole(PlanDocument.shownBits(plan.layers().get(l).bits()));
                }
                table.end();
            }
        }
        table.finish();
    }
}
