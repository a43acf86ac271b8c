package dev.dhmq.model.network;

import java.util.List;

/** Faster R-CNN's box head: two hidden layers over a region's features, then its class and its box. */
final class BoxHead {
    private final Linear first;
    private final Linear second;
    private final Linear classes;
    private final Linear boxes;

    /** @param outputs classes with background */
    BoxHead(ParameterStore store, String name, int channels, int width, int outputs) {
        first = new Linear(store, name + ".box_head.fc6", channels * RoiAlign.BINS * RoiAlign.BINS, width);
        second = new Linear(store, name + ".box_head.fc7", width, width);
        classes = new Linear(store, name + ".box_predictor.cls_score", width, outputs);
        boxes = new Linear(store, name + ".box_predictor.bbox_pred", width, 4 * outputs);
    }

    /** Of regions' features, [R, C, 7, 7]: logits, [R, outputs], and deltas, [R, 4 outputs]. */
    OutputSignals forward(Signal features) {
        Signal flat = features.linear(x -> x.flatten(1, -1));
        Signal x = second.forward(first.forward(flat).relu()).relu();
        return new OutputSignals(classes.forward(x), boxes.forward(x));
    }

    List<Linear> layers() {
        return List.of(first, second, classes, boxes);
    }
}
