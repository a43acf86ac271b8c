package dev.dhmq.export.onnx;

/**
 * The image as the network takes it.
 *
 * @param images normalised and padded, [1, 3, height, width]
 * @param limits columns, rows, columns and rows of the part that the image covers, [4] floats
 * @param boxFactors what boxes are multiplied by in the end, [4] floats; none where they stay
 */
record NetworkInput(String images, String limits, String boxFactors) {
    /** Boxes stay in pixels of the network's input. */
    static final String UNSCALED = "";
}
