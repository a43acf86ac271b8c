package dev.dhmq.cli;

import dev.dhmq.export.PlanJson;
import dev.dhmq.model.ActivationObserver;
import dev.dhmq.model.DetectionModel;
import dev.dhmq.model.Sample;
import dev.dhmq.quant.ActivationQuantization;
import dev.dhmq.quant.RangeMethod;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;

/** Ranges of a plan's activations for a network that has changed since the search. */
final class ActivationRanges {
    private ActivationRanges() {}

    /** The plan's activations with its bits, and with ranges chosen as the plan says for what the model computes now. */
    static List<ActivationQuantization> again(PlanJson.Stored plan, DetectionModel model, List<Sample> samples) {
        if (plan.activations().isEmpty()) {
            return List.of();
        }
        RangeMethod method = plan.range().orElse(RangeMethod.all().getFirst());
        Map<String, Integer> bits = new HashMap<>();
        plan.activations().forEach(a -> bits.put(a.layer(), a.quantizer().bits()));
        return ActivationObserver.observe(model, samples).stream()
                .filter(seen -> bits.containsKey(seen.layer()))
                .map(seen -> new ActivationQuantization(
                        seen.layer(), method.choose(seen.histogram(), Objects.requireNonNull(bits.get(seen.layer())))))
                .toList();
    }
}
