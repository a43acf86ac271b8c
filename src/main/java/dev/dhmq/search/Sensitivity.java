package dev.dhmq.search;

/** What a move of layer l is predicted to cost, with D_l = Q(W_l; b') - w_l. */
public enum Sensitivity {
    /**
     * S_l = t_l e_l . D_l + 1/2 (g_l - t_l e_l) . D_l + 1/2 D_l' B_ll D_l, with e_l = w_l - W_l. The gradient is how a layer feels what has
     * been done to itself, t_l e_l, and to the others, which is the rest of it. The rest counts half: the moves that are made are
     * those it speaks for most, and of what it promises of them half or less comes true (benchmarks/results/ablation.md).
     */
    CURVATURE_AND_HALF_GRADIENT("curvature-and-half-gradient") {
        @Override
        double of(Terms terms) {
            return terms.own + (terms.gradient - terms.own) / 2 + terms.curvature;
        }
    },

    /** S_l = g_l . D_l + 1/2 D_l' B_ll D_l, the second-order expansion as it is. */
    CURVATURE_AND_GRADIENT("curvature-and-gradient") {
        @Override
        double of(Terms terms) {
            return terms.gradient + terms.curvature;
        }
    },

    /** S_l = 1/2 D_l' B_ll D_l, the paper's sensitivity based on the Hessian matrix. */
    CURVATURE("curvature") {
        @Override
        double of(Terms terms) {
            return terms.curvature;
        }
    };

    private final String label;

    Sensitivity(String label) {
        this.label = label;
    }

    /** S_l from its terms. */
    abstract double of(Terms terms);

    /** The name on the command line and in plans. */
    public String label() {
        return label;
    }

    /**
     * What sensitivities are made of.
     *
     * @param gradient g_l . D_l
     * @param own t_l e_l . D_l, the part of it that the layer's own change accounts for
     * @param curvature 1/2 D_l' B_ll D_l
     */
    record Terms(double gradient, double own, double curvature) {
        /** Those of a part of the loss, of which the gradient is known and a share of the curvature. */
        Terms part(double partGradient, double share) {
            return new Terms(partGradient, share * own, share * curvature);
        }
    }
}
