package dev.dhmq.export.onnx;

import dev.dhmq.model.box.AnchorShapes;
import dev.dhmq.model.box.BoxCoder;
import dev.dhmq.model.box.RetinaPostProcessor;
import java.util.ArrayList;
import java.util.List;

/** RetinaNet's heads and its post-processing as nodes. */
final class RetinaNodes {
    private static final String CLASSIFICATION = "head.classification_head";
    private static final String REGRESSION = "head.regression_head";

    private final GraphOps ops;
    private final LayerNodes layers;
    private final BoxNodes boxes;
    private final int classes;
    private final AnchorShapes shapes;

    RetinaNodes(GraphOps ops, LayerNodes layers, BoxNodes boxes) {
        this.ops = ops;
        this.layers = layers;
        this.boxes = boxes;
        var config = layers.parameters().config();
        classes = config.classes().size();
        shapes = AnchorShapes.octaves(config.anchorSizes(), config.aspectRatios());
    }

    /** What the best entries of a level are: an anchor and a class each. */
    private record Entries(String logits, String labels, String anchors, String deltas) {}

    /** The detections that the heads find on these levels. */
    FoundNodes detections(List<String> pyramid) {
        List<Entries> levels = new ArrayList<>();
        for (int level = 0; level < pyramid.size(); level++) {
            levels.add(best(pyramid.get(level), level));
        }
        String logits = ops.concat(0, levels.stream().map(Entries::logits).toList());
        // The best of those above the threshold are those above it among the best.
        String passing = ops.whereTrue(ops.above(logits, ops.real(RetinaPostProcessor.LOGIT_THRESHOLD)));
        String anchors = ops.concat(0, levels.stream().map(Entries::anchors).toList());
        String deltas = ops.concat(0, levels.stream().map(Entries::deltas).toList());
        String labels = ops.concat(0, levels.stream().map(Entries::labels).toList());
        String found = boxes.decode(ops.rows(anchors, passing), ops.rows(deltas, passing), BoxCoder.ANCHORS);
        String scores = ops.rows(logits, passing);
        String groups = ops.rows(labels, passing);
        String kept = boxes.suppress(
                found, scores, groups, classes, RetinaPostProcessor.IOU_THRESHOLD, RetinaPostProcessor.DETECTIONS);
        String probabilities = ops.graph().node("Sigmoid", List.of(ops.rows(scores, kept)));
        return new FoundNodes(ops.rows(found, kept), probabilities, ops.rows(groups, kept));
    }

    private Entries best(String features, int level) {
        String logits = head(CLASSIFICATION, "cls_logits", features);
        String deltas = head(REGRESSION, "bbox_reg", features);
        List<String> best = ops.best(ops.reshape(logits, -1), RetinaPostProcessor.CANDIDATES_PER_LEVEL);
        String count = ops.whole(classes);
        String anchor = ops.divide(best.get(1), count);
        return new Entries(
                best.get(0),
                ops.remainder(best.get(1), count),
                ops.rows(boxes.anchors(features, shapes, level), anchor),
                ops.rows(ops.reshape(deltas, -1, 4), anchor));
    }

    /** A head's outputs, anchors last: [1, H, W, outputs]. */
    private String head(String head, String output, String features) {
        String x = features;
        for (int i = 0; has(tower(head, i)); i++) {
            x = ops.graph().node("Relu", List.of(layers.convolution(tower(head, i), x, 1)));
        }
        return ops.transpose(layers.convolution(head + "." + output, x, 1), 0, 2, 3, 1);
    }

    private static String tower(String head, int number) {
        return head + ".conv." + number + ".0";
    }

    private boolean has(String layer) {
        return layers.parameters().has(layer + ".weight");
    }
}
