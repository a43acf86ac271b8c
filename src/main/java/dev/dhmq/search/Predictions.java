package dev.dhmq.search;

import dev.dhmq.tensor.Backend;
import java.util.ArrayList;
import java.util.List;

/** What moves of single layers are predicted to do to the loss, from where a search stands. */
final class Predictions {
    private Predictions() {}

    /**
     * S_l = g_l . D_l + 1/2 D_l' B_ll D_l for every layer that has somewhere to go, with D_l = Q(W_l; b') - w_l. No evaluation of
     * the network.
     *
     * @param targets b' of every layer; {@link Backend#SKIP} for those that stay
     */
    static List<BitMove> of(SearchState state, int[] targets) {
        // One row a layer: D.D, D.g, D.s_1 .. D.s_m, D.y_1 .. D.y_m, and D.g_cls where it is wanted.
        double[][] products = state.quantizer()
                .perturbationProducts(targets, state.weights(), state.hessian().vectors(state.gradient()));
        double[] quadratic = state.hessian().quadraticForms(products);
        List<BitMove> moves = new ArrayList<>();
        for (int l = 0; l < targets.length; l++) {
            if (targets[l] != Backend.SKIP) {
                double sensitivity = state.settings().sensitivity().of(products[l][1], quadratic[l] / 2);
                TaskLosses byTask = state.hessian().byTask(l, products[l], quadratic[l] / 2, sensitivity);
                moves.add(
                        state.assignment().move(l, targets[l], products[l][1], quadratic[l] / 2, sensitivity, byTask));
            }
        }
        return moves;
    }
}
