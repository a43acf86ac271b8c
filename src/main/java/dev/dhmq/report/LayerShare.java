package dev.dhmq.report;

import dev.dhmq.search.BitMove;
import dev.dhmq.search.QuantizationPlan.LayerPlan;
import dev.dhmq.search.SearchStep;
import java.util.ArrayList;
import java.util.List;

/**
 * What one layer's way down was predicted to cost and has cost, steps taken back left out.
 *
 * @param layer as the plan has it
 * @param gradientTerm sum over its moves of what g_l . D_l counts in S_l
 * @param curvatureTerm sum of 1/2 D_l' B_ll D_l
 * @param classification its share of the measured change of the classification loss, times that task's weight
 * @param regression the same of the regression loss
 */
record LayerShare(
        LayerPlan layer, double gradientTerm, double curvatureTerm, double classification, double regression) {

    /** The shares of all layers, in the plan's order. */
    static List<LayerShare> of(PlanDocument plan) {
        double[] gradient = new double[plan.layers().size()];
        double[] curvature = new double[plan.layers().size()];
        for (SearchStep step : plan.accepted()) {
            for (BitMove move : step.moves()) {
                gradient[move.layer()] += move.sensitivity() - move.curvatureTerm();
                curvature[move.layer()] += move.curvatureTerm();
            }
        }
        List<LayerShare> shares = new ArrayList<>();
        for (int l = 0; l < gradient.length; l++) {
            LayerPlan layer = plan.layers().get(l);
            shares.add(new LayerShare(
                    layer,
                    gradient[l],
                    curvature[l],
                    plan.weights().classification() * layer.change().classification(),
                    plan.weights().regression() * layer.change().regression()));
        }
        return shares;
    }

    double measured() {
        return classification + regression;
    }
}
