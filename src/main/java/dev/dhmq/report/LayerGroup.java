package dev.dhmq.report;

import dev.dhmq.report.chart.RowChart;
import java.util.ArrayList;
import java.util.List;
import java.util.function.ToDoubleFunction;

/** The parts of a detector, by the names torchvision gives its parameters. */
enum LayerGroup {
    BACKBONE("Backbone", "backbone", "backbone.body."),
    PYRAMID("Feature pyramid", "pyramid", "backbone.fpn."),
    HEADS("Heads", "heads", "head."),
    OTHERS("Layers", "others", "");

    /** Faster R-CNN's heads go by two names, which tell them apart and stay. */
    private static final String PROPOSALS = "rpn.";

    private static final String REGIONS = "roi_heads.";
    private static final String WEIGHT = ".weight";

    private final String title;
    private final String style;
    private final String prefix;

    LayerGroup(String title, String style, String prefix) {
        this.title = title;
        this.style = style;
        this.prefix = prefix;
    }

    String title() {
        return title;
    }

    /** Class of the style sheet that colours it. */
    String style() {
        return style;
    }

    /** The part a layer belongs to. */
    static LayerGroup of(String layer) {
        if (layer.startsWith(PROPOSALS) || layer.startsWith(REGIONS)) {
            return HEADS;
        }
        for (LayerGroup group : values()) {
            if (layer.startsWith(group.prefix)) {
                return group;
            }
        }
        return OTHERS;
    }

    /** A layer's name without what its group and the word weight say already. */
    static String shortName(String layer) {
        String name = layer.endsWith(WEIGHT) ? layer.substring(0, layer.length() - WEIGHT.length()) : layer;
        String prefix = of(layer).prefix;
        return name.startsWith(prefix) ? name.substring(prefix.length()) : name;
    }

    /** Indices of layers in the order a report shows them: part by part, each in the order given. */
    static List<Part> partsOf(List<String> layers) {
        List<Part> parts = new ArrayList<>();
        for (LayerGroup group : values()) {
            List<Integer> members = new ArrayList<>();
            for (int l = 0; l < layers.size(); l++) {
                if (of(layers.get(l)) == group) {
                    members.add(l);
                }
            }
            if (!members.isEmpty()) {
                parts.add(new Part(group, List.copyOf(members)));
            }
        }
        return parts;
    }

    /**
     * The layers of one part.
     *
     * @param layers their indices in the plan
     */
    record Part(LayerGroup group, List<Integer> layers) {
        RowChart.Group rows(List<String> names) {
            return new RowChart.Group(
                    group.title(),
                    layers.stream().map(l -> shortName(names.get(l))).toList());
        }

        double sum(ToDoubleFunction<Integer> number) {
            return layers.stream().mapToDouble(number).sum();
        }
    }
}
