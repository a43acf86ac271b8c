package dev.dhmq.report;

import dev.dhmq.export.PlanJson;
import dev.dhmq.quant.BitWidths;
import dev.dhmq.search.QuantizationPlan;
import dev.dhmq.search.SearchCost;
import dev.dhmq.search.SearchStep;
import dev.dhmq.search.TaskLosses;
import dev.dhmq.search.TaskWeights;
import dev.dhmq.tensor.Backend;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.OptionalDouble;

/**
 * A {@code plan.json} with everything in it that a report shows. Immutable.
 *
 * @param name what tells it from the report's other plans, such as {@code 8.02x smaller}
 * @param file where it lay
 * @param sha256 hash of the file
 * @param stored what is needed to apply it
 * @param budget what had to be met, in words
 * @param bytes size of all layers, scales included, as the plan says
 * @param compressionRatio 32-bit bytes over that
 * @param meanBits bits a weight, scales not counted
 * @param losses both parts of the calibration loss under the plan
 * @param layers every quantizable layer, in the file's order
 * @param activations quantized inputs of layers; none in a plan of weights alone
 * @param weights of the two tasks in the loss
 * @param settings how it was searched, by name
 * @param cost passes over the calibration images
 * @param steps the trajectory, steps taken back included
 */
public record PlanDocument(
        String name,
        Path file,
        String sha256,
        PlanJson.Stored stored,
        String budget,
        long bytes,
        double compressionRatio,
        double meanBits,
        TaskLosses losses,
        List<QuantizationPlan.LayerPlan> layers,
        List<Activation> activations,
        TaskWeights weights,
        Map<String, String> settings,
        SearchCost.Count cost,
        List<SearchStep> steps) {

    public PlanDocument {
        layers = List.copyOf(layers);
        activations = List.copyOf(activations);
        steps = List.copyOf(steps);
    }

    /**
     * The quantized input of one layer.
     *
     * @param sensitivity the loss change it is predicted to cause by itself; empty where all have the same bits
     */
    public record Activation(String layer, int bits, OptionalDouble sensitivity) {}

    /** The same plan under a name that says where it lay, for two that are equally small. */
    PlanDocument namedByFile() {
        return new PlanDocument(
                name + ", " + file,
                file,
                sha256,
                stored,
                budget,
                bytes,
                compressionRatio,
                meanBits,
                losses,
                layers,
                activations,
                weights,
                settings,
                cost,
                steps);
    }

    /** Steps that stand. */
    public List<SearchStep> accepted() {
        return steps.stream().filter(SearchStep::accepted).toList();
    }

    /** The weighted loss after a step. */
    public double lossAfter(SearchStep step) {
        return step.losses().weighted(weights);
    }

    /** The weighted loss where a step began. */
    public double lossBefore(SearchStep step) {
        return lossAfter(step) - step.measured();
    }

    /** Bits as people say them: 32 where a layer was left in float32. */
    public static int shownBits(int bits) {
        return bits == Backend.SKIP ? Float.SIZE : bits;
    }

    /** The longest bar of a chart of bits: a layer left in float32 is drawn as long, and its label tells. */
    static int drawnBits(int bits) {
        return bits == Backend.SKIP ? BitWidths.WIDEST : bits;
    }
}
