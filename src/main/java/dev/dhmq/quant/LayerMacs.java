package dev.dhmq.quant;

/**
 * What one layer has to do for one image.
 *
 * @param name the layer's name
 * @param macs multiply-accumulates, of all levels or regions together that the layer is called for
 * @param inputElements numbers that its input has, of all levels or regions together
 */
public record LayerMacs(String name, long macs, long inputElements) {}
