package dev.dhmq.model.network;

/**
 * What a stage of a network says, with its rates of change where the weights move.
 *
 * @param logits of the classes, or of objectness
 * @param deltas of the boxes
 */
public record OutputSignals(Signal logits, Signal deltas) {
    /** What it says. */
    public Outputs values() {
        return new Outputs(logits.value(), deltas.value());
    }
}
