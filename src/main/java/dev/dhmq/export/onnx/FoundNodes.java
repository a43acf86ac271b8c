package dev.dhmq.export.onnx;

/**
 * The detections of an image, most confident first.
 *
 * @param boxes [n, 4] floats
 * @param scores [n] floats
 * @param labels [n] int64
 */
record FoundNodes(String boxes, String scores, String labels) {}
