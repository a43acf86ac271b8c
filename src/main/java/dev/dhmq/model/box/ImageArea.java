package dev.dhmq.model.box;

/**
 * The part of a network's input that an image covers, from the top left corner on; the rest is padding.
 *
 * @param width columns
 * @param height rows
 */
public record ImageArea(int width, int height) {}
