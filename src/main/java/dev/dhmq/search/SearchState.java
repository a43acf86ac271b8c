package dev.dhmq.search;

import dev.dhmq.curvature.CompactHessian;
import dev.dhmq.curvature.LbfgsMemory;
import dev.dhmq.quant.BitWidths;
import dev.dhmq.quant.WeightQuantizer;
import dev.dhmq.tensor.Backend;
import dev.dhmq.tensor.DeviceVector;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** Everything a running search holds. Closing it puts the float weights back. */
final class SearchState implements AutoCloseable {
    private final Objective objective;
    private final Assignment assignment;
    private final WeightQuantizer quantizer;
    private final List<CurvatureEstimate> starting;
    private final SearchCost cost = new SearchCost();
    private final TaskBalance balance;
    private final SearchSettings settings;
    private final CurvatureFloor floor;
    private final LbfgsMemory memory;
    private final CompactHessian hessian;
    private final DeviceVector gradient;
    private final Optional<ClassificationPart> classification;
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
        double[] curvature = CurvatureEstimate.means(start.curvature());
        this.objective = objective;
        this.assignment = assignment;
        this.quantizer = quantizer;
        this.starting = start.curvature();
        this.settings = settings;
        this.cost.reset(start.cost());
        countGradient(); // that at the highest candidate
        this.balance = new TaskBalance(start.weights(), start.weighting());
        this.floor = settings.has(Refinement.FLOOR) ? CurvatureFloor.of(curvature) : CurvatureFloor.lowest(curvature);
        this.memory = new LbfgsMemory(objective.backend(), objective.layout(), settings.memory());
        this.hessian = new CompactHessian(objective.backend(), objective.layout(), memory, floor.lift(curvature));
        this.trust = new TrustRegion(settings.steps());
        this.trajectory = new Trajectory(
                objective.layout(),
                start.weights(),
                StaticPrediction.of(quantizer, settings.candidates(), floor.lift(curvature)));
        this.gradient = objective.backend().allocate(objective.layout().size());
        try {
            this.classification = settings.byTask()
                    ? Optional.of(new ClassificationPart(
                            objective, start.weights(), settings.sensitivity(), start.classification()))
                    : Optional.empty();
        } catch (RuntimeException | Error e) {
            gradient.close();
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

    /** L_cls by itself, where the search predicts it. */
    Optional<ClassificationPart> classification() {
        return classification;
    }

    /** Both parts of a layer's S_l, from its row of products; null where the search does not predict them. */
    @Nullable
    TaskLosses byTask(int layer, double[] products, double curvatureTerm, double sensitivity) {
        return classification
                .map(part -> part.predict(
                        layer, products[products.length - 1], curvatureTerm, hessian.curvature(layer), sensitivity))
                .orElse(null);
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
        classification.ifPresent(ClassificationPart::evaluate);
        here = true;
    }

    /** Makes a step again that an earlier run has made, without the network. */
    void repeat(SearchJournal.Entry entry) {
        SearchStep step = entry.step();
        for (int i = 0; i < step.moves().size(); i++) {
            int l = step.moves().get(i).layer();
            hessian.setCurvature(l, entry.curvature().get(i));
            if (classification.isPresent()) {
                classification.get().setCurvature(l, entry.classification().get(i));
            }
        }
        trust.restore(entry.nextLayers());
        if (step.accepted()) {
            repeat(step);
        } else {
            trajectory.add(step);
            countGradient();
        }
    }

    /** Moves bits and losses to where this step has led. */
    void repeat(SearchStep step) {
        assignment.apply(step.moves());
        losses = step.losses();
        trajectory.add(step);
        countGradient();
        here = false;
    }

    /** What the journal keeps of a step. */
    SearchJournal.Entry entry(SearchStep step) {
        List<Integer> moved = step.moves().stream().map(BitMove::layer).toList();
        return new SearchJournal.Entry(
                step,
                moved.stream().map(hessian::curvature).toList(),
                classification.stream()
                        .flatMap(part -> moved.stream().map(part::curvature))
                        .toList(),
                trust.layers());
    }

    /** Makes these moves and takes one gradient, for steps that B learns no pair from. */
    void make(List<BitMove> moves, Mark before) {
        Backend backend = objective.backend();
        try (Difference weights = Difference.since(backend, weights());
                Difference gradients = Difference.since(backend, gradient)) {
            moveTo(assignment.apply(moves));
            meet(moves, weights.until(weights()), gradients.until(gradient), before);
        }
    }

    /**
     * t_l = s_l.y_l / s_l.s_l of layers that have moved, kept above the floor: no layer is ranked as free because it met no
     * curvature once.
     *
     * @return s_l.s_l of every layer
     */
    double[] meet(List<BitMove> moved, DeviceVector s, DeviceVector y, Mark before) {
        double[] ss = dots(s, s);
        double[] sy = dots(s, y);
        for (BitMove move : moved) {
            int l = move.layer();
            if (ss[l] > 0 && settings.has(Refinement.REFRESH)) {
                hessian.setCurvature(l, floor.lift(sy[l] / ss[l]));
            }
        }
        before.meetClassification(moved, s, ss);
        return ss;
    }

    /** Whether B is to learn from this pair. */
    boolean learnsFrom(DeviceVector s, DeviceVector y) {
        return settings.has(Refinement.DAMPING) || !hessian.isFlat(s, y);
    }

    double[] dots(DeviceVector a, DeviceVector b) {
        double[] out = new double[objective.layout().layers().size()];
        objective.backend().segmentedDot(objective.layout(), a, b, out);
        return out;
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
        private final Optional<double[]> classifying = classification.map(ClassificationPart::curvatures);
        private final SearchCost.Count spent = cost.count();
        private final int taken = trajectory.size();
        private final boolean wasHere = here;
        private final DeviceVector copy;
        private final Optional<DeviceVector> classificationCopy;

        private Mark() {
            copy = copy(gradient);
            try {
                classificationCopy = classification.map(part -> copy(part.gradient()));
            } catch (RuntimeException | Error e) {
                copy.close();
                throw e;
            }
        }

        private DeviceVector copy(DeviceVector vector) {
            DeviceVector copied = objective.backend().allocate(vector.length());
            objective.backend().copy(vector, copied);
            return copied;
        }

        /** The curvature of L_cls that layers have met since: s_l.y_cls,l / s_l.s_l. */
        private void meetClassification(List<BitMove> moved, DeviceVector s, double[] ss) {
            classification.ifPresent(part -> {
                double[] now = dots(s, part.gradient());
                double[] then = dots(s, classificationCopy.orElseThrow());
                for (BitMove move : moved) {
                    int l = move.layer();
                    if (ss[l] > 0 && settings.has(Refinement.REFRESH)) {
                        part.setCurvature(l, (now[l] - then[l]) / ss[l]);
                    }
                }
            });
        }

        TaskLosses losses() {
            return losses;
        }

        /** Back to the weights, gradient and losses of then; what has been learned since is kept. */
        void moveBack() {
            assignment.reset(bits);
            quantizer.quantize(bits, objective.weights());
            objective.backend().copy(copy, gradient);
            classification.ifPresent(
                    part -> objective.backend().copy(classificationCopy.orElseThrow(), part.gradient()));
            SearchState.this.losses = losses;
            here = wasHere;
        }

        /** Forgets what has been learned, recorded and spent since. */
        void forget() {
            for (int l = 0; l < curvatures.length; l++) {
                hessian.setCurvature(l, curvatures[l]);
            }
            classification.ifPresent(part -> part.setCurvatures(classifying.orElseThrow()));
            cost.reset(spent);
            trajectory.cut(taken);
        }

        @Override
        public void close() {
            copy.close();
            classificationCopy.ifPresent(DeviceVector::close);
        }
    }

    @Override
    public void close() {
        objective.backend().copy(quantizer.floatWeights(), objective.weights());
        memory.close();
        gradient.close();
        classification.ifPresent(ClassificationPart::close);
        quantizer.close();
    }
}
