package dev.dhmq.model.network;

import org.bytedeco.pytorch.Tensor;

/**
 * What a stage of a network says.
 *
 * @param logits of the classes, or of objectness
 * @param deltas of the boxes
 */
public record Outputs(Tensor logits, Tensor deltas) {}
