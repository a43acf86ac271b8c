package dev.dhmq.search;

import dev.dhmq.quant.BitAssignment;
import dev.dhmq.quant.QuantizedSize;
import dev.dhmq.tensor.Backend;
import dev.dhmq.tensor.Layer;
import dev.dhmq.tensor.ParameterLayout;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * What a search decides: the bits of every layer, and how it came to them. Immutable.
 *
 * @param provenance the model and the machine's settings it was made with
 * @param objective name of the calibration loss
 * @param budget what had to be met, in words
 * @param settings how it was searched
 * @param taskWeights weights of the two tasks in the loss
 * @param taskWeighting how those weights came about, in words
 * @param layers every quantizable layer, in the order of the layout
 * @param bytes size of all layers, scales included
 * @param compressionRatio 32-bit bytes over that
 * @param meanBits bits a weight, scales not counted
 * @param losses both parts of the calibration loss under the plan
 * @param steps the trajectory
 * @param cost passes over the calibration set, starting estimates included
 */
public record QuantizationPlan(
        Provenance provenance,
        String objective,
        String budget,
        SearchSettings settings,
        TaskWeights taskWeights,
        String taskWeighting,
        List<LayerPlan> layers,
        long bytes,
        double compressionRatio,
        double meanBits,
        TaskLosses losses,
        List<SearchStep> steps,
        SearchCost.Count cost) {

    /**
     * One layer of a plan.
     *
     * @param name the layer's name
     * @param bits its width; {@link Backend#SKIP} for float32
     * @param weights n_l
     * @param channels output channels, each with a scale
     * @param starting its curvature as estimated before the first step
     * @param curvature t_l as the search last knew it, per weight
     * @param sensitivity sum of the S_l of its moves
     * @param change both parts of the measured loss changes of its steps; steps that moved several layers are shared out
     *     by their sensitivities' sizes
     */
    public record LayerPlan(
            String name,
            int bits,
            long weights,
            int channels,
            CurvatureEstimate starting,
            double curvature,
            double sensitivity,
            TaskLosses change) {}

    /** The plan as the search stands. */
    static QuantizationPlan of(Budget budget, SearchState state, Provenance provenance) {
        ParameterLayout layout = state.objective().layout();
        int[] bits = state.assignment().bits();
        return new QuantizationPlan(
                provenance,
                state.objective().name(),
                budget.describe(),
                state.settings(),
                state.balance().weights(),
                state.balance().how(),
                layers(layout, bits, state),
                QuantizedSize.bytes(layout, bits),
                QuantizedSize.compressionRatio(layout, bits),
                QuantizedSize.meanBits(layout, bits),
                state.losses(),
                state.steps(),
                state.cost());
    }

    private static List<LayerPlan> layers(ParameterLayout layout, int[] bits, SearchState state) {
        double[] sensitivity = new double[bits.length];
        TaskLosses[] change = new TaskLosses[bits.length];
        Arrays.fill(change, new TaskLosses(0, 0));
        for (SearchStep step : state.steps()) {
            if (!step.accepted()) {
                continue;
            }
            double sizes = step.moves().stream()
                    .mapToDouble(d -> Math.abs(d.sensitivity()))
                    .sum();
            for (BitMove move : step.moves()) {
                int l = move.layer();
                double part = sizes == 0 ? 1.0 / step.moves().size() : Math.abs(move.sensitivity()) / sizes;
                sensitivity[l] += move.sensitivity();
                change[l] = change[l].plus(step.change().times(part));
            }
        }
        List<LayerPlan> layers = new ArrayList<>();
        for (int l = 0; l < bits.length; l++) {
            Layer layer = layout.layer(l);
            layers.add(new LayerPlan(
                    layer.name(),
                    bits[l],
                    layer.size(),
                    layer.channels(),
                    state.starting().get(l),
                    state.hessian().curvature(l),
                    sensitivity[l],
                    change[l]));
        }
        return layers;
    }

    /** The bits alone, to be applied to a model. */
    public BitAssignment assignment() {
        return new BitAssignment(layers.stream()
                .map(layer -> new BitAssignment.Entry(layer.name(), layer.weights(), layer.bits()))
                .toList());
    }
}
