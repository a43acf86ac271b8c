package dev.dhmq.report;

import dev.dhmq.quant.BitWidths;
import dev.dhmq.report.chart.RowChart;
import dev.dhmq.report.chart.Scale;
import dev.dhmq.report.html.Markup;
import dev.dhmq.report.html.Numerals;
import dev.dhmq.report.html.Table;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/** How many bits the inputs of layers have, in the plans that quantize them. */
final class ActivationBitsChart {
    private static final String TITLE = "Bits of the inputs of layers";

    private final List<PlanDocument> plans;
    private final List<String> names;
    private final List<LayerGroup.Part> parts;

    ActivationBitsChart(List<PlanDocument> plans) {
        this.plans =
                plans.stream().filter(plan -> !plan.activations().isEmpty()).toList();
        Set<String> layers = new LinkedHashSet<>();
        this.plans.forEach(plan -> plan.activations().forEach(activation -> layers.add(activation.layer())));
        this.names = List.copyOf(layers);
        this.parts = LayerGroup.partsOf(names);
    }

    void write(Markup page) {
        page.leaf("h3", "Activations");
        page.leaf("p", "Bits of the inputs of layers; inputs that are not named stay in float32.", "class", "lead");
        new RowChart(
                        TITLE,
                        parts.stream().map(part -> part.rows(names)).toList(),
                        plans.stream().map(this::panel).toList())
                .write(page);
        Section.numbers(page, () -> table(page));
    }

    private static Map<String, PlanDocument.Activation> byLayer(PlanDocument plan) {
        Map<String, PlanDocument.Activation> byLayer = new HashMap<>();
        plan.activations().forEach(activation -> byLayer.put(activation.layer(), activation));
        return byLayer;
    }

    private RowChart.Panel panel(PlanDocument plan) {
        Map<String, PlanDocument.Activation> byLayer = byLayer(plan);
        List<RowChart.Row> rows = new ArrayList<>();
        for (LayerGroup.Part part : parts) {
            for (int l : part.layers()) {
                PlanDocument.Activation activation = byLayer.get(names.get(l));
                rows.add(
                        activation == null
                                ? new RowChart.Row(List.of(), "float")
                                : row(activation, part.group().style()));
            }
        }
        return new RowChart.Panel(plan.name(), Scale.Linear.between(0, BitWidths.WIDEST, 2), rows);
    }

    private static RowChart.Row row(PlanDocument.Activation activation, String style) {
        String bits = Integer.toString(activation.bits());
        String tooltip = "input of " + activation.layer() + ": " + bits + " bits"
                + (activation.sensitivity().isPresent()
                        ? ", predicted to change the loss by "
                                + Numerals.general(activation.sensitivity().getAsDouble())
                        : "");
        return new RowChart.Row(List.of(new RowChart.Bar(0, activation.bits(), style, tooltip)), bits);
    }

    private void table(Markup page) {
        List<String> columns = new ArrayList<>(List.of("input of"));
        plans.forEach(plan -> columns.add(plan.name()));
        Table table = Table.begin(page, TITLE, columns, true);
        for (int l = 0; l < names.size(); l++) {
            table.row(names.get(l));
            for (PlanDocument plan : plans) {
                PlanDocument.Activation activation = byLayer(plan).get(names.get(l));
                if (activation == null) {
                    table.none();
                } else {
                    table.whole(activation.bits());
                }
            }
            table.end();
        }
        table.finish();
    }
}
