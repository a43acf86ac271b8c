package dev.dhmq.train;

/**
 * How to train.
 *
 * @param epochs passes over the training images
 * @param batchSize images a step
 * @param learningRate highest learning rate of the one-cycle schedule
 * @param weightDecay AdamW's decoupled weight decay
 * @param verticalFlips whether images are also flipped upside down; for pictures without an up, such as microscopy
 * @param seed fixes the starting weights, the order of the images and the flips
 */
public record TrainingSettings(
        int epochs, int batchSize, double learningRate, double weightDecay, boolean verticalFlips, long seed) {
    public TrainingSettings {
        if (epochs < 1 || batchSize < 1 || !(learningRate > 0) || !(weightDecay >= 0)) {
            throw new IllegalArgumentException("Training needs at least one epoch, a batch of at least one image, a"
                    + " positive learning rate and a weight decay of at least 0, but got " + epochs + ", " + batchSize
                    + ", " + learningRate + " and " + weightDecay + ".");
        }
    }
}
