package dev.dhmq.search;

import dev.dhmq.tensor.Backend;
import dev.dhmq.tensor.DeviceVector;
import java.util.Arrays;
import java.util.List;

/**
 * Mixed-precision quantization with a dynamical Hessian matrix (Yang, Fei, Dai, Li, Zou, Xiong, VCIP 2021): all layers
 * begin at the highest candidate width; again and again those that are least sensitive go down to their next lower one,
 * and the curvature met on the way updates the Hessian that the next sensitivities are made of.
 *
 * <p>Notation as in the equations: W are the float weights, w the current quantized ones, g the gradient of the
 * calibration loss L at w, B its L-BFGS Hessian, b_l the bits of layer l. The same objective, settings and thread count
 * give the same plan, bit for bit. One thread at a time; interrupting it ends the search between two steps.
 */
public final class MixedPrecisionSearch {
    private final Objective objective;
    private final SearchSettings settings;
    private final Provenance provenance;
    private final SearchListener listener;
    private final SearchJournal journal;

    /** A search that keeps no journal. */
    public MixedPrecisionSearch(
            Objective objective, SearchSettings settings, Provenance provenance, SearchListener listener) {
        this(objective, settings, provenance, listener, SearchJournal.NONE);
    }

    /** A search of this objective, whose weights must be the float ones. They are again when a run ends. */
    public MixedPrecisionSearch(
            Objective objective,
            SearchSettings settings,
            Provenance provenance,
            SearchListener listener,
            SearchJournal journal) {
        this.objective = objective;
        this.settings = settings;
        this.provenance = provenance;
        this.listener = listener;
        this.journal = journal;
    }

    /**
     * Refuses budgets that no assignment of bits can meet, before any work is done.
     *
     * @throws dev.dhmq.InvalidInputException the message says what can be met
     */
    public void requireReachable(List<Budget> budgets) {
        budgets.forEach(Assignment.start(objective.layout(), settings, budgets)::requireReachable);
    }

    /**
     * Searches down to the tightest budget. The way down does not depend on the budgets: where its next step would meet one,
     * a branch takes only what that budget needs, makes its plan, and is left again.
     *
     * @return a plan a budget, in the order of the budgets; each the same as if it had been the only one
     * @throws dev.dhmq.InvalidInputException where a budget cannot be met; the message says what can
     * @throws NonFiniteLossException where a loss or a gradient is NaN or infinite
     */
    public List<QuantizationPlan> run(List<Budget> budgets) {
        requireReachable(budgets);
        Assignment assignment = Assignment.start(objective.layout(), settings, budgets);
        Replay replay = Replay.of(journal, settings.remembered(), budgets, assignment);
        try (SearchState state = SearchState.start(objective, settings, assignment, journal)) {
            QuantizationPlan[] plans = new QuantizationPlan[budgets.size()];
            while (true) {
                repeatBranches(state, budgets, plans);
                int number = state.steps().size();
                List<BitMove> ranked = List.of();
                if (!replay.skips(number) && Arrays.asList(plans).contains(null)) {
                    state.arrive(); // at first: w = Q(W; highest candidate), g = grad L(w)
                    ranked = settings.rule()
                            .rank(Predictions.of(
                                    state,
                                    settings.sensitivity(),
                                    state.assignment().lower())); // S_l
                }
                List<BitMove> next = replay.has(number)
                        ? replay.entry(number).step().moves()
                        : ranked.subList(0, Math.min(state.trust().layers(), ranked.size()));
                for (int i = 0; i < plans.length; i++) {
                    if (plans[i] == null && assignment.meetsAfter(next, budgets.get(i))) {
                        double share = assignment.share(budgets);
                        plans[i] = new Branch(state, budgets.get(i), journal, provenance)
                                .take(next, ranked, step -> listener.stepped(step, share));
                        listener.planned(plans[i]);
                    }
                }
                if (!Arrays.asList(plans).contains(null)) {
                    return Arrays.asList(plans);
                }
                advance(state, replay, next);
                listener.stepped(state.steps().getLast(), assignment.share(budgets));
                state.stopWhereInterrupted();
            }
        }
    }

    /** Makes the plans whose branches the journal has from here. */
    private void repeatBranches(SearchState state, List<Budget> budgets, QuantizationPlan[] plans) {
        for (int i = 0; i < plans.length; i++) {
            Branch branch = new Branch(state, budgets.get(i), journal, provenance);
            if (branch.isRecorded()) {
                plans[i] = branch.repeat();
                listener.planned(plans[i]);
            }
        }
    }

    /** The next step on the way down: the journal's where it has one, otherwise a new one, which it is given. */
    private void advance(SearchState state, Replay replay, List<BitMove> next) {
        int number = state.steps().size();
        if (replay.skips(number)) {
            state.repeat(replay.entry(number));
            return;
        }
        SearchStep made = step(state, next);
        if (replay.has(number)) {
            replay.requireSame(made);
        } else {
            journal.stepped(state.entry(made));
        }
    }

    /** Moves the chosen layers, takes one gradient, and learns from the curvature met; goes back where that is too bad. */
    private SearchStep step(SearchState state, List<BitMove> chosen) {
        Backend backend = objective.backend();
        try (SearchState.Mark before = state.mark();
                Difference weights = Difference.since(backend, state.weights());
                Difference gradients = Difference.since(backend, state.gradient())) {
            state.moveTo(state.assignment().apply(chosen)); //       w_l = Q(W_l; b'), g = grad L(w)
            DeviceVector s = weights.until(state.weights()); //      s = w_new - w_old
            DeviceVector y = gradients.until(state.gradient()); //   y = g_new - g_old

            state.hessian().meet(chosen, s, y, before.curvature()); // t_l = s_l.y_l / s_l.s_l, the curvature met
            boolean damped = state.hessian().learn(chosen, s, gradients); // B s = y
            SearchStep step = state.record(chosen, before.losses(), damped);
            if (!step.accepted()) {
                before.moveBack();
            }
            return step;
        }
    }
}
