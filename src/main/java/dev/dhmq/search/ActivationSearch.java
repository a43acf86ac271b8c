package dev.dhmq.search;

import dev.dhmq.quant.ActivationQuantization;
import dev.dhmq.quant.ActivationSite;
import dev.dhmq.quant.BitWidths;
import dev.dhmq.quant.ObservedActivation;
import dev.dhmq.quant.RangeMethod;
import dev.dhmq.tensor.Backend;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CancellationException;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * Finds the bits of the layers' inputs once those of the weights are known: all alike, or mixed. Mixed ones begin at the
 * highest candidate; again and again the one whose next lower width costs least per bit it saves goes down, until the
 * mean is met. What a width costs is measured by quantizing that activation alone, at {@value #PROBE_BITS} bits, on the
 * network with quantized weights. Results have {@value BitWidths#WIDEST} bits, whatever inputs have: they are there so that a
 * runtime need not leave the integers, which it computes with in bytes.
 *
 * <p>The same objective, plan and settings give the same result, bit for bit. One thread at a time; interrupting it ends
 * the search between two measurements.
 */
public final class ActivationSearch {
    /**
     * In the middle of the widths that come of it: at 4 bits some activations break the network, and predictions from
     * there were up to nine times the change then measured, where those from here were within a tenth
     * ({@code benchmarks/results/activations.md}).
     */
    private static final int PROBE_BITS = 6;

    private final ActivationObjective objective;
    private final QuantizationPlan plan;
    private final ActivationBits bits;
    private final RangeMethod range;
    private final Listener listener;
    private int evaluations;

    /** Hears of the measurements, on the search's thread. */
    @FunctionalInterface
    public interface Listener {
        /** Hears nothing. */
        Listener NONE = (done, all) -> {};

        /** This many forward passes of so many are done. */
        void measured(int done, int all);
    }

    /**
     * A search of the activations.
     *
     * @param objective the loss of the network with the plan's quantized weights
     * @param plan says which layers are pinned and excluded, and how the tasks are weighed
     */
    public ActivationSearch(
            ActivationObjective objective,
            QuantizationPlan plan,
            ActivationBits bits,
            RangeMethod range,
            Listener listener) {
        this.objective = objective;
        this.plan = plan;
        this.bits = bits;
        this.range = range;
        this.listener = listener;
    }

    /**
     * Measures, chooses, and measures once more what came of it.
     *
     * @throws dev.dhmq.InvalidInputException where the mean cannot be met; the message says what can
     */
    public ActivationPlan run() {
        evaluations = 0;
        List<ActivationSensitivity> activations = quantizable();
        ActivationAssignment assignment = new ActivationAssignment(
                activations, movable(activations), bits.candidates(), elements() - elements(activations));
        if (bits instanceof ActivationBits.Mixed mixed) {
            assignment.requireReachable(mixed.meanBits());
        }
        TaskLosses before = loss(List.of());
        if (bits instanceof ActivationBits.Mixed mixed) {
            measure(activations, before.weighted(plan.taskWeights()));
            assignment.descendTo(mixed.meanBits());
        }
        return result(activations, assignment, before);
    }

    private List<ActivationSensitivity> quantizable() {
        BitWidths widths = switch (bits) {
            case ActivationBits.Fixed fixed -> fixed.candidates();
            case ActivationBits.Mixed mixed -> mixed.candidates().with(PROBE_BITS);
        };
        return quantizable(ActivationSite.INPUT)
                .map(observed -> new ActivationSensitivity(observed, widths, range))
                .toList();
    }

    /** All but those of layers whose weights stay in float32 too. */
    private Stream<ObservedActivation> quantizable(ActivationSite site) {
        Set<String> excluded = plan.layers().stream()
                .filter(layer -> layer.bits() == Backend.SKIP)
                .map(QuantizationPlan.LayerPlan::name)
                .collect(Collectors.toSet());
        return objective.activations().stream()
                .filter(observed -> observed.site() == site && !excluded.contains(observed.layer()));
    }

    private boolean[] movable(List<ActivationSensitivity> activations) {
        NamePatterns pinned = new NamePatterns(plan.settings().pinned());
        boolean[] movable = new boolean[activations.size()];
        for (int a = 0; a < movable.length; a++) {
            movable[a] = !pinned.match(activations.get(a).layer());
        }
        return movable;
    }

    private long elements() {
        return objective.activations().stream()
                .filter(observed -> observed.site() == ActivationSite.INPUT)
                .mapToLong(ObservedActivation::elements)
                .sum();
    }

    private static long elements(List<ActivationSensitivity> activations) {
        return activations.stream().mapToLong(ActivationSensitivity::elements).sum();
    }

    /**
     * One pass an activation. Changes may be negative, by chance or because an error happens to undo one of the weights';
     * none may look free for that.
     */
    private void measure(List<ActivationSensitivity> activations, double before) {
        double[] changes = new double[activations.size()];
        for (int a = 0; a < changes.length; a++) {
            ActivationSensitivity activation = activations.get(a);
            TaskLosses alone = loss(List.of(quantization(activation, PROBE_BITS)));
            changes[a] = alone.weighted(plan.taskWeights()) - before;
            listener.measured(a + 1, changes.length);
            if (Thread.currentThread().isInterrupted()) {
                throw new CancellationException("The search was interrupted after " + (a + 1) + " activations.");
            }
        }
        double[] lifted = CurvatureFloor.of(changes).lift(changes);
        for (int a = 0; a < changes.length; a++) {
            activations.get(a).measured(PROBE_BITS, lifted[a]);
        }
    }

    private TaskLosses loss(List<ActivationQuantization> quantized) {
        evaluations++;
        return objective.loss(quantized);
    }

    private static ActivationQuantization quantization(ActivationSensitivity activation, int width) {
        return ActivationQuantization.ofInput(activation.layer(), activation.quantizer(width));
    }

    private ActivationPlan result(
            List<ActivationSensitivity> activations, ActivationAssignment assignment, TaskLosses before) {
        List<ActivationPlan.Entry> entries = new ArrayList<>();
        for (int a = 0; a < activations.size(); a++) {
            ActivationSensitivity activation = activations.get(a);
            int width = assignment.bits(a);
            entries.add(new ActivationPlan.Entry(
                    activation.layer(), activation.elements(), activation.quantizer(width), activation.at(width)));
        }
        List<ActivationQuantization> results = quantizable(ActivationSite.RESULT)
                .map(observed -> observed.quantized(BitWidths.WIDEST, range))
                .toList();
        TaskLosses after = loss(ActivationPlan.quantizations(entries, results));
        return new ActivationPlan(
                bits,
                range,
                entries,
                results,
                assignment.meanBits(),
                before,
                after,
                entries.stream().mapToDouble(ActivationPlan.Entry::sensitivity).sum(),
                after.minus(before).weighted(plan.taskWeights()),
                evaluations);
    }
}
