package dev.dhmq.search;

import dev.dhmq.quant.QuantizedSize;
import dev.dhmq.tensor.ParameterLayout;
import java.util.ArrayList;
import java.util.List;

/** The steps a search has made, those taken back included. For one thread. */
final class Trajectory {
    private final ParameterLayout layout;
    private final TaskWeights weights;
    private final StaticPrediction statics;
    private final List<SearchStep> steps = new ArrayList<>();

    /** None yet; {@code statics} is what is kept beside the search's own predictions. */
    Trajectory(ParameterLayout layout, TaskWeights weights, StaticPrediction statics) {
        this.layout = layout;
        this.weights = weights;
        this.statics = statics;
    }

    List<SearchStep> steps() {
        return List.copyOf(steps);
    }

    int size() {
        return steps.size();
    }

    /** Adds a step that an earlier run has made. */
    void add(SearchStep step) {
        steps.add(step);
    }

    /** Writes down a step from its losses before and after, and the bits it led to. */
    SearchStep add(
            List<BitMove> chosen, TaskLosses before, TaskLosses after, int[] bits, boolean damped, boolean accepted) {
        TaskLosses change = after.minus(before);
        SearchStep step = new SearchStep(
                steps.size() + 1,
                chosen,
                SearchStep.predicted(chosen),
                SearchStep.predictedByTask(chosen),
                statics.of(chosen),
                change.weighted(weights),
                after,
                change,
                damped,
                accepted,
                QuantizedSize.bytes(layout, bits),
                QuantizedSize.compressionRatio(layout, bits));
        steps.add(step);
        return step;
    }

    /** Forgets all but the first {@code kept}. */
    void cut(int kept) {
        steps.subList(kept, steps.size()).clear();
    }
}
