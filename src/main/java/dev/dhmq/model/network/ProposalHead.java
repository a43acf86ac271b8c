package dev.dhmq.model.network;

import java.util.List;

/** The region proposal network's head (Ren et al., 2015): a 3x3 convolution and two outputs, the same on every level. */
final class ProposalHead {
    private final Convolution shared;
    private final Convolution objectness;
    private final Convolution deltas;

    ProposalHead(ParameterStore store, String name, int channels, int anchors) {
        shared = new Convolution(store, name + ".conv.0.0", channels, channels, 3, 1, true);
        objectness = new Convolution(store, name + ".cls_logits", channels, anchors, 1, 1, true);
        deltas = new Convolution(store, name + ".bbox_pred", channels, 4 * anchors, 1, 1, true);
        shared.readBy(objectness, deltas);
    }

    /** What it says of every anchor: logits, [N, anchors], and deltas, [N, anchors, 4]. */
    OutputSignals forward(List<Signal> pyramid) {
        List<Signal> levels = shared.forward(pyramid).stream().map(Signal::relu).toList();
        // From channels first to anchors last, in the order of the anchor grid.
        List<Signal> logits = objectness.forward(levels).stream()
                .map(level -> level.linear(y -> y.permute(0, 2, 3, 1).reshape(y.size(0), -1)))
                .toList();
        List<Signal> boxes = deltas.forward(levels).stream()
                .map(level -> level.linear(y -> y.permute(0, 2, 3, 1).reshape(y.size(0), -1, 4)))
                .toList();
        return new OutputSignals(Signal.concatenated(logits, 1), Signal.concatenated(boxes, 1));
    }

    List<Convolution> convolutions() {
        return List.of(shared, objectness, deltas);
    }
}
