package dev.dhmq.search;

/** What a search has spent on the network, in passes over the calibration set. */
public final class SearchCost {
    private int gradients;
    private int hessianVectorProducts;
    private int losses;

    void countGradient() {
        gradients++;
    }

    void countProduct() {
        hessianVectorProducts++;
    }

    void countLoss() {
        losses++;
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
