package dev.dhmq.search;

import dev.dhmq.tensor.Backend;
import java.util.ArrayList;
import java.util.List;

/** What moves of single layers are predicted to do to the loss, from where a search stands. */
final class Predictions {
    private Predictions() {}

    /**
     * S_l for every layer that has somewhere to go, with D_l = Q(W_l; b') - w_l. No evaluation of the network.
     *
     * @param targets b' of every layer; {@link Backend#SKIP} for those that stay
     */
    static List<BitMove> of(SearchState state, Sensitivity sensitivity, int[] targets) {
        DynamicalHessian hessian = state.hessian();
        // One row a layer: D.D, D.g, D.w, D.W, D.s_1 .. D.s_m, D.y_1 .. D.y_m, and D.g_cls where it is wanted.
        double[][] products = state.quantizer()
                .perturbationProducts(
                        targets,
                        state.weights(),
                        hessian.vectors(
                                state.gradient(),
                                state.weights(),
                                state.quantizer().floatWeights()));
        double[] quadratic = hessian.quadraticForms(products);
        List<BitMove> moves = new ArrayList<>();
        for (int l = 0; l < targets.length; l++) {
            if (targets[l] != Backend.SKIP) {
                double own = hessian.curvature(l) * (products[l][2] - products[l][3]); // t_l e_l . D_l
                Sensitivity.Terms terms = new Sensitivity.Terms(products[l][1], own, quadratic[l] / 2);
                double s = sensitivity.of(terms);
                TaskLosses byTask = hessian.byTask(l, products[l], sensitivity, terms);
                moves.add(state.assignment().move(l, targets[l], terms.gradient(), terms.curvature(), s, byTask));
            }
        }
        return moves;
    }
}
