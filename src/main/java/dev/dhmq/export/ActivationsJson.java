package dev.dhmq.export;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.dhmq.files.JsonObject;
import dev.dhmq.quant.ActivationQuantization;
import dev.dhmq.quant.ActivationSite;
import dev.dhmq.quant.AffineQuantization;
import dev.dhmq.quant.BitWidths;
import dev.dhmq.quant.RangeMethod;
import dev.dhmq.search.ActivationBits;
import dev.dhmq.search.ActivationPlan;
import dev.dhmq.search.TaskLosses;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Stream;

/** The part of {@code plan.json} about activations; plans of weights alone do without it. */
final class ActivationsJson {
    private static final String INPUTS = "activations";
    private static final String RESULTS = "results";
    private static final String SEARCH = "activationSearch";
    private static final String RANGE = "range";

    /** What rounding may do to a range that somebody computed again from scale and zero point. */
    private static final double RANGE_TOLERANCE = 1e-5;

    private ActivationsJson() {}

    static void write(ObjectNode root, ActivationPlan plan) {
        ArrayNode activations = root.putArray(INPUTS);
        boolean mixed = plan.bits() instanceof ActivationBits.Mixed;
        for (ActivationPlan.Entry entry : plan.activations()) {
            AffineQuantization quantizer = entry.quantizer();
            ObjectNode node = activations.addObject();
            node.put("name", entry.layer());
            quantizer(node, quantizer);
            node.put("elements", entry.elements());
            if (mixed) {
                node.put("sensitivity", entry.sensitivity());
            }
        }
        ArrayNode results = root.putArray(RESULTS);
        for (ActivationQuantization result : plan.results()) {
            quantizer(results.addObject().put("name", result.layer()), result.quantizer());
        }
        ObjectNode search = root.putObject(SEARCH);
        search.put("bits", plan.bits().describe());
        plan.bits().candidates().widths().forEach(search.putArray("candidateBits")::add);
        search.put(RANGE, plan.range().label());
        search.put("meanBits", plan.meanBits());
        losses(search.putObject("weightsOnlyLoss"), plan.weightsOnly());
        losses(search.putObject("loss"), plan.losses());
        if (mixed) {
            search.put("predictedLossChange", plan.predicted());
        }
        search.put("measuredLossChange", plan.measured());
        search.put("losses", plan.lossEvaluations());
    }

    private static void quantizer(ObjectNode node, AffineQuantization quantizer) {
        node.put("bits", quantizer.bits());
        node.put("scale", (double) quantizer.scale()); // every digit of the float
        node.put("zeroPoint", quantizer.zeroPoint());
        node.put("low", quantizer.low());
        node.put("high", quantizer.high());
    }

    /** Gives a plan's activations these ranges instead of those they have. */
    static void replace(ObjectNode root, List<ActivationQuantization> activations) {
        activations.forEach(activation -> root.path(array(activation.site())).forEach(node -> {
            if (node instanceof ObjectNode entry && entry.path("name").asText().equals(activation.layer())) {
                quantizer(entry, activation.quantizer());
            }
        }));
    }

    /** How ranges were chosen, where the plan says so in words of this version. */
    static Optional<RangeMethod> range(JsonObject root) {
        if (!root.has(SEARCH) || !root.object(SEARCH).has(RANGE)) {
            return Optional.empty();
        }
        String label = root.object(SEARCH).text(RANGE);
        return RangeMethod.all().stream()
                .filter(method -> method.label().equals(label))
                .findFirst();
    }

    private static void losses(ObjectNode node, TaskLosses losses) {
        node.put("classification", losses.classification()).put("regression", losses.regression());
    }

    /**
     * Reads the quantized activations; none where the plan is of weights alone.
     *
     * @param layers names of the plan's layers
     */
    static List<ActivationQuantization> read(JsonObject root, Set<String> layers) {
        return Arrays.stream(ActivationSite.values())
                .flatMap(site -> read(root, site, layers))
                .toList();
    }

    private static Stream<ActivationQuantization> read(JsonObject root, ActivationSite site, Set<String> layers) {
        if (!root.has(array(site))) { // plans of before there were results have none
            return Stream.empty();
        }
        Set<String> names = new HashSet<>();
        return root.objects(array(site)).stream().map(activation -> activation(activation, site, layers, names));
    }

    private static String array(ActivationSite site) {
        return switch (site) {
            case INPUT -> INPUTS;
            case RESULT -> RESULTS;
        };
    }

    private static ActivationQuantization activation(
            JsonObject activation, ActivationSite site, Set<String> layers, Set<String> names) {
        String name = activation.text("name");
        if (!layers.contains(name)) {
            throw activation.wrong("name", "is " + name + ", which is none of the plan's layers");
        }
        if (!names.add(name)) {
            throw activation.wrong("name", "is " + name + ", which stands among the " + array(site) + " twice");
        }
        int bits = activation.integer("bits", BitWidths.NARROWEST, BitWidths.WIDEST);
        float scale = (float) activation.number("scale");
        if (!(scale > 0) || Float.isInfinite(scale)) {
            throw activation.wrong("scale", "must be a positive float32, but is " + activation.number("scale"));
        }
        int zeroPoint = activation.integer("zeroPoint", 0, AffineQuantization.highest(bits));
        AffineQuantization quantizer = new AffineQuantization(bits, scale, zeroPoint);
        requireEnd(activation, "low", quantizer.low(), quantizer);
        requireEnd(activation, "high", quantizer.high(), quantizer);
        return new ActivationQuantization(name, site, quantizer);
    }

    /** Whoever edits one of the numbers by hand must edit them all. */
    private static void requireEnd(JsonObject activation, String key, double expected, AffineQuantization quantizer) {
        double stated = activation.number(key);
        if (!(Math.abs(stated - expected) <= RANGE_TOLERANCE * (quantizer.high() - quantizer.low()))) {
            throw activation.wrong(key, "is " + stated + ", but bits, scale and zeroPoint make it " + expected);
        }
    }
}
