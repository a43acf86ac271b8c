package dev.dhmq.search;

import dev.dhmq.curvature.CompactHessian;
import dev.dhmq.curvature.LbfgsMemory;
import dev.dhmq.quant.BitWidths;
import dev.dhmq.quant.QuantizedSize;
import dev.dhmq.quant.WeightQuantizer;
import dev.dhmq.tensor.DeviceVector;
import dev.dhmq.tensor.ParameterLayout;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;

/** Everything a running search holds. Closing it puts the float weights back. */
final class SearchState implements AutoCloseable {
    private final Objective objective;
    private final Assignment assignment;
    private final WeightQuantizer quantizer;
    private final SearchCost cost;
    private final TaskBalance balance;
    private final CurvatureFloor floor;
    private final LbfgsMemory memory;
    private final CompactHessian hessian;
    private final DeviceVector gradient;
    private final List<SearchStep> steps = new ArrayList<>();
    private TaskLosses losses;

    private SearchState(
            Objective objective,
            Assignment assignment,
            WeightQuantizer quantizer,
            SearchCost cost,
            TaskBalance balance,
            double[] curvature,
            int memorySize) {
        this.objective = objective;
        this.assignment = assignment;
        this.quantizer = quantizer;
        this.cost = cost;
        this.balance = balance;
        this.floor = CurvatureFloor.of(curvature);
        this.memory = new LbfgsMemory(objective.backend(), objective.layout(), memorySize);
        this.hessian = new CompactHessian(objective.backend(), objective.layout(), memory, floor.lift(curvature));
        this.gradient = objective.backend().allocate(objective.layout().size());
        this.losses = new TaskLosses(0, 0);
    }

    /** Balances the tasks and estimates the starting curvature. The weights are still the float ones. */
    static SearchState start(Objective objective, SearchSettings settings, Assignment assignment) {
        WeightQuantizer quantizer = new WeightQuantizer(
                objective.backend(), objective.layout(), objective.weights(), withProbe(settings.candidates()));
        try {
            SearchCost cost = new SearchCost();
            boolean[] movable = assignment.movable();
            TaskBalance balance = settings.taskWeights()
                    .map(TaskBalance::fixed)
                    .orElseGet(() -> TaskBalance.equalize(objective, quantizer, movable, cost));
            double[] curvature = settings.start().estimate(objective, balance.weights(), quantizer, movable, cost);
            return new SearchState(objective, assignment, quantizer, cost, balance, curvature, settings.memory());
        } catch (RuntimeException | Error e) { // memory that runs out is an error
            objective.backend().copy(quantizer.floatWeights(), objective.weights());
            quantizer.close();
            throw e;
        }
    }

    /** The starts probe at a width that need not be a candidate. */
    private static BitWidths withProbe(BitWidths candidates) {
        return new BitWidths(Stream.concat(candidates.widths().stream(), Stream.of(SearchSettings.PROBE_BITS))
                .toList());
    }

    Assignment assignment() {
        return assignment;
    }

    WeightQuantizer quantizer() {
        return quantizer;
    }

    LbfgsMemory memory() {
        return memory;
    }

    CompactHessian hessian() {
        return hessian;
    }

    /** w, the current weights: the network's own. */
    DeviceVector weights() {
        return objective.weights();
    }

    /** g, the gradient at w. */
    DeviceVector gradient() {
        return gradient;
    }

    TaskLosses losses() {
        return losses;
    }

    TaskBalance balance() {
        return balance;
    }

    Objective objective() {
        return objective;
    }

    SearchCost.Count cost() {
        return cost.count();
    }

    List<SearchStep> steps() {
        return List.copyOf(steps);
    }

    /** Sets w_l = Q(W_l; b_l) for the layers not skipped, and takes the losses and the gradient there. */
    void moveTo(int[] bits) {
        quantizer.quantize(bits, objective.weights());
        losses = objective.lossAndGradient(balance.weights(), gradient);
        cost.countGradient();
    }

    /** t_l, kept above the floor: no layer is ranked as free because it met no curvature once. */
    void setCurvature(int layer, double met) {
        hessian.setCurvature(layer, floor.lift(met));
    }

    double[] dots(DeviceVector a, DeviceVector b) {
        double[] out = new double[objective.layout().layers().size()];
        objective.backend().segmentedDot(objective.layout(), a, b, out);
        return out;
    }

    /** Writes down a step that has just been made. */
    SearchStep record(List<Downgrade> chosen, TaskLosses before, boolean damped) {
        ParameterLayout layout = objective.layout();
        int[] bits = assignment.bits();
        TaskLosses change = losses.minus(before);
        SearchStep step = new SearchStep(
                steps.size() + 1,
                chosen,
                SearchStep.predicted(chosen),
                change.weighted(balance.weights()),
                losses,
                change,
                damped,
                QuantizedSize.bytes(layout, bits),
                QuantizedSize.compressionRatio(layout, bits));
        steps.add(step);
        return step;
    }

    @Override
    public void close() {
        objective.backend().copy(quantizer.floatWeights(), objective.weights());
        memory.close();
        gradient.close();
        quantizer.close();
    }
}
