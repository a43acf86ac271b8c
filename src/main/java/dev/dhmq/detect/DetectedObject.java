package dev.dhmq.detect;

/**
 * One object found in a picture.
 *
 * @param name its class, as people call it
 * @param categoryId its class, as the data set counts it
 * @param score confidence in [0, 1]
 * @param x1 left edge of its box, in pixels of the picture
 * @param y1 top edge
 * @param x2 right edge
 * @param y2 bottom edge
 */
public record DetectedObject(String name, int categoryId, float score, float x1, float y1, float x2, float y2) {}
