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
    private final List<CurvatureEstimate> starting;
    private final SearchCost cost = new SearchCost();
    private final TaskBalance balance;
    private final CurvatureFloor floor;
    private final LbfgsMemory memory;
    private final CompactHessian hessian;
    private final DeviceVector gradient;
    private final TrustRegion trust;
    private final StaticPrediction statics;
    private final List<SearchStep> steps = new ArrayList<>();
    private TaskLosses losses;
    private boolean here;

    private SearchState(
            Objective objective,
            Assignment assignment,
            WeightQuantizer quantizer,
            SearchJournal.Start start,
            SearchSettings settings) {
        double[] curvature = CurvatureEstimate.means(start.curvature());
        this.objective = objective;
        this.assignment = assignment;
        this.quantizer = quantizer;
        this.starting = start.curvature();
        this.cost.reset(start.cost());
        this.cost.countGradient(); // that at the highest candidate
        this.balance = new TaskBalance(start.weights(), start.weighting());
        this.floor = CurvatureFloor.of(curvature);
        this.memory = new LbfgsMemory(objective.backend(), objective.layout(), settings.memory());
        this.hessian = new CompactHessian(objective.backend(), objective.layout(), memory, floor.lift(curvature));
        this.gradient = objective.backend().allocate(objective.layout().size());
        this.trust = new TrustRegion(settings.steps());
        this.statics = StaticPrediction.of(quantizer, settings.candidates(), floor.lift(curvature));
        this.losses = new TaskLosses(0, 0);
    }

    /**
     * Balances the tasks and estimates the starting curvature, or takes both from the journal. The weights are still the float
     * ones.
     */
    static SearchState start(
            Objective objective, SearchSettings settings, Assignment assignment, SearchJournal journal) {
        WeightQuantizer quantizer = new WeightQuantizer(
                objective.backend(), objective.layout(), objective.weights(), withProbe(settings.candidates()));
        try {
            SearchJournal.Start start =
                    journal.start().orElseGet(() -> begin(objective, settings, assignment, quantizer, journal));
            return new SearchState(objective, assignment, quantizer, start, settings);
        } catch (RuntimeException | Error e) { // memory that runs out is an error
            objective.backend().copy(quantizer.floatWeights(), objective.weights());
            quantizer.close();
            throw e;
        }
    }

    private static SearchJournal.Start begin(
            Objective objective,
            SearchSettings settings,
            Assignment assignment,
            WeightQuantizer quantizer,
            SearchJournal journal) {
        SearchCost cost = new SearchCost();
        boolean[] movable = assignment.movable();
        TaskBalance balance = settings.taskWeights()
                .map(TaskBalance::fixed)
                .orElseGet(() -> TaskBalance.equalize(objective, quantizer, movable, cost));
        List<CurvatureEstimate> curvature =
                settings.start().estimate(objective, balance.weights(), quantizer, movable, cost);
        SearchJournal.Start start = new SearchJournal.Start(balance.weights(), balance.how(), curvature, cost.count());
        journal.began(start);
        return start;
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

    TrustRegion trust() {
        return trust;
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

    /** Sets w = Q(W; b) and takes g there, unless the last step has left them so. Already counted. */
    void arrive() {
        if (!here) {
            evaluate(assignment.bits());
        }
    }

    /** Sets w_l = Q(W_l; b_l) for the layers not skipped, and takes the losses and the gradient there. */
    void moveTo(int[] bits) {
        evaluate(bits);
        cost.countGradient();
    }

    private void evaluate(int[] bits) {
        quantizer.quantize(bits, objective.weights());
        losses = objective.lossAndGradient(balance.weights(), gradient);
        here = true;
    }

    /** Makes a step again that an earlier run has made, without the network. */
    void repeat(SearchJournal.Entry entry) {
        SearchStep step = entry.step();
        for (int i = 0; i < step.downgrades().size(); i++) {
            hessian.setCurvature(
                    step.downgrades().get(i).layer(), entry.curvature().get(i));
        }
        trust.restore(entry.nextLayers());
        if (step.accepted()) {
            repeat(step);
        } else {
            steps.add(step);
            cost.countGradient();
        }
    }

    /** Moves bits and losses to where this step has led. */
    void repeat(SearchStep step) {
        assignment.apply(step.downgrades());
        losses = step.losses();
        steps.add(step);
        cost.countGradient();
        here = false;
    }

    /** What the journal keeps of a step. */
    SearchJournal.Entry entry(SearchStep step) {
        return new SearchJournal.Entry(
                step,
                step.downgrades().stream()
                        .map(d -> hessian.curvature(d.layer()))
                        .toList(),
                trust.layers());
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

    /** Writes down a step that has just been made, and whether it stands. */
    SearchStep record(List<Downgrade> chosen, TaskLosses before, boolean damped) {
        double measured = losses.minus(before).weighted(balance.weights());
        boolean accepted =
                trust.accept(chosen.size(), SearchStep.predicted(chosen), measured, before.weighted(balance.weights()));
        return add(chosen, before, damped, accepted);
    }

    /** Writes down the step that ends a branch; it always stands, and the way down learns nothing from it. */
    SearchStep recordLast(List<Downgrade> chosen, TaskLosses before) {
        return add(chosen, before, false, true);
    }

    private SearchStep add(List<Downgrade> chosen, TaskLosses before, boolean damped, boolean accepted) {
        ParameterLayout layout = objective.layout();
        int[] bits = assignment.bits();
        TaskLosses change = losses.minus(before);
        SearchStep step = new SearchStep(
                steps.size() + 1,
                chosen,
                SearchStep.predicted(chosen),
                statics.of(chosen),
                change.weighted(balance.weights()),
                losses,
                change,
                damped,
                accepted,
                QuantizedSize.bytes(layout, bits),
                QuantizedSize.compressionRatio(layout, bits));
        steps.add(step);
        return step;
    }

    /** What was believed of every layer's curvature at the start. */
    List<CurvatureEstimate> starting() {
        return starting;
    }

    /** Remembers where the search stands. */
    Mark mark() {
        return new Mark();
    }

    /** A place to go back to. Owns a copy of the gradient there. */
    final class Mark implements AutoCloseable {
        private final int[] bits = assignment.bits();
        private final TaskLosses losses = SearchState.this.losses;
        private final double[] curvatures = hessian.curvatures();
        private final SearchCost.Count spent = cost.count();
        private final int taken = steps.size();
        private final boolean wasHere = here;
        private final DeviceVector copy;

        private Mark() {
            copy = objective.backend().allocate(gradient.length());
            objective.backend().copy(gradient, copy);
        }

        TaskLosses losses() {
            return losses;
        }

        /** Back to the weights, gradient and losses of then; what has been learned since is kept. */
        void moveBack() {
            assignment.reset(bits);
            quantizer.quantize(bits, objective.weights());
            objective.backend().copy(copy, gradient);
            SearchState.this.losses = losses;
            here = wasHere;
        }

        /** Forgets what has been learned, recorded and spent since. */
        void forget() {
            for (int l = 0; l < curvatures.length; l++) {
                hessian.setCurvature(l, curvatures[l]);
            }
            cost.reset(spent);
            steps.subList(taken, steps.size()).clear();
        }

        @Override
        public void close() {
            copy.close();
        }
    }

    @Override
    public void close() {
        objective.backend().copy(quantizer.floatWeights(), objective.weights());
        memory.close();
        gradient.close();
        quantizer.close();
    }
}
