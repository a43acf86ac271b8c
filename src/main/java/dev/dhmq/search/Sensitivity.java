package dev.dhmq.search;

/** What a downgrade of layer l is predicted to cost, with D_l = Q(W_l; b') - w_l. */
public enum Sensitivity {
    /** S_l = g_l . D_l + 1/2 D_l' B_ll D_l. The gradient is how a layer feels what has been done to the others. */
    CURVATURE_AND_GRADIENT("curvature-and-gradient") {
        @Override
        double of(double gradientTerm, double curvatureTerm) {
            return gradientTerm + curvatureTerm;
        }
    },

    /** S_l = 1/2 D_l' B_ll D_l, the paper's sensitivity based on the Hessian matrix. */
    CURVATURE("curvature") {
        @Override
        double of(double gradientTerm, double curvatureTerm) {
            return curvatureTerm;
        }
    };

    private final String label;

    Sensitivity(String label) {
        this.label = label;
    }

    /** S_l from its two terms, g_l . D_l and 1/2 D_l' B_ll D_l. */
    abstract double of(double gradientTerm, double curvatureTerm);

    /** The name on the command line and in plans. */
    public String label() {
        return label;
    }
}
