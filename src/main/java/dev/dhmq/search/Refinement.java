package dev.dhmq.search;

/** A part of the dynamical Hessian that a search can do without: what each is worth is seen where it is missing. */
public enum Refinement {
    /** t_l becomes s_l.y_l / s_l.s_l whenever layer l moves; without, it stays what the start has found. */
    REFRESH("refresh"),

    /** Pairs of too little curvature are damped (Powell); without, B does not learn from them. */
    DAMPING("damping"),

    /** No layer's curvature is less than {@link CurvatureFloor}'s; without, it need only be positive. */
    FLOOR("floor");

    private final String label;

    Refinement(String label) {
        this.label = label;
    }

    /** The name on the command line and in plans. */
    public String label() {
        return label;
    }
}
