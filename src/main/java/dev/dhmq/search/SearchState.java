package dev.dhmq.search;

import dev.dhmq.quant.BitWidths;
import dev.dhmq.quant.WeightQuantizer;
import dev.dhmq.tensor.Backend;
import dev.dhmq.tensor.DeviceVector;
import java.util.List;
import java.util.concurrent.CancellationException;
import java.util.stream.Stream;

/** Everything a running search holds. Closing it puts the float weights back. */
final class SearchState implements AutoCloseable {
    private final Objective objective;
    private final Assignment assignment;
    private final WeightQuantizer quantizer;
    private final List<CurvatureEstimate> starting;
    private final SearchCost cost = new SearchCost();
    private final TaskBalance balance;
    private final SearchSettings settings;
    private final DynamicalHessian hessian;
    private final DeviceVector gradient;
    private final TrustRegion trust;
    private final Trajectory trajectory;
    private TaskLosses losses;
    private boolean here;

    private SearchState(
            Objective objective,
            Assignment assignment,
            WeightQuantizer quantizer,
            SearchJournal.Start start,
            SearchSettings settings) {
        this.objective = objective;
        this.assignment = assignment;
        this.quantizer = quantizer;
        this.starting = start.curvature();
        this.settings = settings;
        this.cost.reset(start.cost());
        countGradient(); // that at the highest candidate
        this.balance = new TaskBalance(start.weights(), start.weighting());
        this.trust = new TrustRegion(settings.steps());
        this.hessian = new DynamicalHessian(objective, settings, start);
        try {
            this.trajectory = new Trajectory(
                    objective.layout(),
                    start.weights(),
                    StaticPrediction.of(quantizer, settings.candidates(), hessian.curvatures()));
            this.gradient = objective.backend().allocate(objective.layout().size());
        } catch (RuntimeException | Error e) {
            hessian.close();
            throw e;
        }
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
            SearchJournal.Start start = journal.start().orElseGet(() -> {
                SearchJournal.Start found = Beginning.of(objective, settings, assignment.movable(), quantizer);
                journal.began(found);
                return found;
            });
            return new SearchState(objective, assignment, quantizer, start, settings);
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

    SearchSettings settings() {
        return settings;
    }

    Assignment assignment() {
        return assignment;
    }

    WeightQuantizer quantizer() {
        return quantizer;
    }

    DynamicalHessian hessian() {
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
        return trajectory.steps();
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
        countGradient();
    }

    private void countGradient() {
        cost.countGradient();
        if (settings.byTask()) {
            cost.countGradient();
        }
    }

    private void evaluate(int[] bits) {
        quantizer.quantize(bits, objective.weights());
        losses = objective.lossAndGradient(balance.weights(), gradient);
        hessian.classification().ifPresent(ClassificationPart::evaluate);
        here = true;
    }

    /** Makes a step again that an earlier run has made, without the network: bits and losses are where it has led. */
    void repeat(SearchJournal.Entry entry) {
        SearchStep step = entry.step();
        hessian.restore(entry);
        trust.restore(entry.nextLayers());
        if (step.accepted()) {
            assignment.apply(step.moves());
            losses = step.losses();
            here = false;
        }
        trajectory.add(step);
        countGradient();
    }

    /** What the journal keeps of a step. */
    SearchJournal.Entry entry(SearchStep step) {
        return new SearchJournal.Entry(
                step, hessian.curvatures(step.moves()), hessian.classifying(step.moves()), trust.layers());
    }

    /** Makes these moves and takes one gradient, for steps that B learns no pair from. */
    void make(List<BitMove> moves, Mark before) {
        Backend backend = objective.backend();
        try (Difference weights = Difference.since(backend, weights());
                Difference gradients = Difference.since(backend, gradient)) {
            moveTo(assignment.apply(moves));
            hessian.meet(moves, weights.until(weights()), gradients.until(gradient), before.curvature());
        }
    }

    /** Writes down a step that has just been made, and whether it stands. */
    SearchStep record(List<BitMove> chosen, TaskLosses before, boolean damped) {
        double measured = losses.minus(before).weighted(balance.weights());
        boolean accepted =
                trust.accept(chosen.size(), SearchStep.predicted(chosen), measured, before.weighted(balance.weights()));
        return trajectory.add(chosen, before, losses, assignment.bits(), damped, accepted);
    }

    /** Writes down an exchange, which stands if the loss fell. */
    SearchStep recordExchange(List<BitMove> chosen, TaskLosses before) {
        boolean fell = losses.minus(before).weighted(balance.weights()) < 0;
        return trajectory.add(chosen, before, losses, assignment.bits(), false, fell);
    }

    /** Writes down the step that meets a budget; it always stands, and the way down learns nothing from it. */
    SearchStep recordLast(List<BitMove> chosen, TaskLosses before) {
        return trajectory.add(chosen, before, losses, assignment.bits(), false, true);
    }

    void stopWhereInterrupted() {
        if (Thread.currentThread().isInterrupted()) {
            throw new CancellationException("The search was interrupted after " + trajectory.size() + " steps.");
        }
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
        private final SearchCost.Count spent = cost.count();
        private final int taken = trajectory.size();
        private final boolean wasHere = here;
        private final DynamicalHessian.Memo curvature = hessian.memo();
        private final DeviceVector copy;

        private Mark() {
            try {
                copy = objective.backend().allocate(gradient.length());
            } catch (RuntimeException | Error e) {
                curvature.close();
                throw e;
            }
            objective.backend().copy(gradient, copy);
        }

        DynamicalHessian.Memo curvature() {
            return curvature;
        }

        TaskLosses losses() {
            return losses;
        }

        /** Back to the weights, gradient and losses of then; what has been learned since is kept. */
        void moveBack() {
            assignment.reset(bits);
            quantizer.quantize(bits, objective.weights());
            objective.backend().copy(copy, gradient);
            curvature.moveBack();
            SearchState.this.losses = losses;
            here = wasHere;
        }

        /** Forgets what has been learned, recorded and spent since. */
        void forget() {
            curvature.forget();
            cost.reset(spent);
            trajectory.cut(taken);
        }

        @Override
        public void close() {
            copy.close();
            curvature.close();
        }
    }

    @Override
    public void close() {
        objective.backend().copy(quantizer.floatWeights(), objective.weights());
        hessian.close();
        gradient.close();
        quantizer.close();
    }
}
