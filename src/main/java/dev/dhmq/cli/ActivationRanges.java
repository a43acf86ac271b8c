package dev.dhmq.cli;

import dev.dhmq.export.PlanJson;
import dev.dhmq.model.ActivationObserver;
import dev.dhmq.model.DetectionModel;
import dev.dhmq.model.Sample;
import dev.dhmq.quant.ActivationQuantization;
import dev.dhmq.quant.ObservedActivation;
import dev.dhmq.quant.RangeMethod;
import java.util.List;

/** Ranges of a plan's activations for a network that has changed since the search. */
final class ActivationRanges {
    private ActivationRanges() {}

    /** The plan's activations with its bits, and with ranges chosen as the plan says for what the model computes now. */
    static List<ActivationQuantization> again(PlanJson.Stored plan, DetectionModel model, List<Sample> samples) {
        if (plan.activations().isEmpty()) {
            return List.of();
        }
        RangeMethod method = plan.range().orElse(RangeMethod.all().getFirst());
        List<ObservedActivation> observed = ActivationObserver.observe(model, samples);
        return plan.activations().stream()
                .flatMap(planned -> observed.stream()
                        .filter(seen -> seen.layer().equals(planned.layer()) && seen.site() == planned.site())
                        .map(seen -> seen.quantized(planned.quantizer().bits(), method)))
                .toList();
    }
}
