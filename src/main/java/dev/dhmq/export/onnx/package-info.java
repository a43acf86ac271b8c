/** Detectors as ONNX files: a small writer of ONNX graphs, and the networks and their post-processing on it. */
@NullMarked
package dev.dhmq.export.onnx;

import org.jspecify.annotations.NullMarked;
