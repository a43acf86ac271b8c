package dev.dhmq.search;

/** What a search has spent on the network, in passes over the calibration set. */
public final class SearchCost {
    private int gradients;
    private int hessianVectorProducts;
    private int losses;

    /** One forward and backward pass more. */
    public void countGradient() {
        gradients++;
    }

    /** One Hessian-vector product more. */
    public void countProduct() {
        hessianVectorProducts++;
    }

    /** One forward pass more. */
    public void countLoss() {
        losses++;
    }

    /** Goes back to what had been spent then. */
    void reset(Count earlier) {
        gradients = earlier.gradients();
        hessianVectorProducts = earlier.hessianVectorProducts();
        losses = earlier.losses();
    }

    /** The counts as they are now. */
    public Count count() {
        return new Count(gradients, hessianVectorProducts, losses);
    }

    /**
     * Counted passes over the calibration set.
     *
     * @param gradients forward and backward
     * @param hessianVectorProducts each some three gradients
     * @param losses forward alone
     */
    public record Count(int gradients, int hessianVectorProducts, int losses) {}
}
