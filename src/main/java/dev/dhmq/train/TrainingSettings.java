package dev.dhmq.train;

/**
 * How to train.
 *
 * @param epochs passes over the training images
 * @param batchSize images a step
 * @param optimizer the rule of a step
 * @param schedule the learning rate's way
 * @param largestGradientNorm longer gradients are shortened to this: a rare steep batch must not throw the weights far
 * @param averageDecay decay of the exponential moving average of the weights that is judged and saved; 0 for the weights
 *     themselves
 * @param verticalFlips whether images are also flipped upside down; for pictures without an up, such as microscopy
 * @param seed fixes the starting weights, the order of the images, the flips and the samplers
 */
public record TrainingSettings(
        int epochs,
        int batchSize,
        OptimizerSettings optimizer,
        Schedule schedule,
        double largestGradientNorm,
        double averageDecay,
        boolean verticalFlips,
        long seed) {
    /** Usual norms stay below it. */
    public static final double LARGEST_GRADIENT_NORM = 10;

    public TrainingSettings {
        if (epochs < 1 || batchSize < 1) {
            throw new IllegalArgumentException(
                    "Training needs at least one epoch and a batch of at least one image, but" + " got " + epochs
                            + " and " + batchSize + ".");
        }
        if (!(largestGradientNorm > 0) || !(averageDecay >= 0 && averageDecay < 1)) {
            throw new IllegalArgumentException(
                    "Training needs a positive gradient norm and an average's decay of at least"
                            + " 0 and less than 1, but got " + largestGradientNorm + " and " + averageDecay + ".");
        }
    }

    /** One cycle, no average of the weights, flips from left to right only. */
    public static TrainingSettings of(int epochs, int batchSize, OptimizerSettings optimizer, long seed) {
        return new TrainingSettings(
                epochs, batchSize, optimizer, new Schedule.OneCycle(), LARGEST_GRADIENT_NORM, 0, false, seed);
    }
}
