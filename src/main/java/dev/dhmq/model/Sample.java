package dev.dhmq.model;

/**
 * One image at the network's input size, with its objects.
 *
 * @param name the file's name, for messages
 * @param pixels red, green and blue planes, row by row, each value in [0, 1]; length {@code 3 * height * width}
 * @param height rows
 * @param width columns
 * @param truth objects; empty where there are no annotations
 */
public record Sample(String name, float[] pixels, int height, int width, GroundTruth truth) {
    public Sample {
        if (pixels.length != 3 * height * width) {
            throw new IllegalArgumentException("Image " + name + " has " + pixels.length + " values; 3 x " + height
                    + " x " + width + " need " + 3 * height * width + ".");
        }
    }
}
