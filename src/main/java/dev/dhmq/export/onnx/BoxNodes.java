package dev.dhmq.export.onnx;

import dev.dhmq.model.box.AnchorShapes;
import dev.dhmq.model.box.BoxCoder;
import java.util.List;

/** Anchors, box coding and suppression as nodes. Boxes are [n, 4] floats: x1, y1, x2, y2. */
final class BoxNodes {
    private final GraphOps ops;
    private final NetworkInput input;

    BoxNodes(GraphOps ops, NetworkInput input) {
        this.ops = ops;
        this.input = input;
    }

    /** The anchors over a level's feature map, in the order of {@link dev.dhmq.model.box.AnchorGrid}. */
    String anchors(String features, AnchorShapes shapes, int level) {
        String rows = ops.dimension(features, 2);
        String columns = ops.dimension(features, 3);
        // Whole pixels, cut off, as in the grid.
        String down = steps(rows, ops.divide(ops.dimension(input.images(), 2), rows));
        String right = steps(columns, ops.divide(ops.dimension(input.images(), 3), columns));
        String one = ops.wholes(1);
        String places = ops.concat(0, List.of(rows, columns, one));
        String x = ops.expand(ops.reshape(right, 1, -1, 1), places);
        String y = ops.expand(ops.reshape(down, -1, 1, 1), places);
        String shifts = ops.unsqueeze(ops.concat(2, List.of(x, y, x, y)), 2);
        String base = ops.reals(shapes.atOrigin(level), 1, 1, shapes.perPlace(), 4);
        return ops.reshape(ops.add(shifts, base), -1, 4);
    }

    /** 0, stride, 2 stride, and so on, as floats. */
    private String steps(String count, String stride) {
        String numbers = ops.graph().node("Range", List.of(ops.whole(0), scalar(count), ops.whole(1)));
        return ops.cast(ops.multiply(numbers, stride), OnnxType.FLOAT);
    }

    private String scalar(String one) {
        return ops.graph().node("Squeeze", List.of(one, ops.wholes(0)));
    }

    /** Boxes from deltas against as many anchors, clipped to the image. */
    String decode(String anchors, String deltas, BoxCoder coder) {
        String from = ops.columns(anchors, 0, 2);
        String size = ops.subtract(ops.columns(anchors, 2, 4), from);
        String half = ops.real(0.5);
        String shift = ops.divide(ops.columns(deltas, 0, 2), ops.real(coder.centre()));
        String centre = ops.add(ops.add(from, ops.multiply(size, half)), ops.multiply(shift, size));
        String ratio = ops.divide(ops.columns(deltas, 2, 4), ops.real(coder.size()));
        String grown = ops.multiply(ops.exp(ops.least(ratio, ops.real(BoxCoder.MAX_LOG_RATIO))), size);
        String halfGrown = ops.multiply(grown, half);
        String boxes = ops.concat(1, List.of(ops.subtract(centre, halfGrown), ops.add(centre, halfGrown)));
        return ops.least(ops.greatest(boxes, ops.real(0)), input.limits());
    }

    /** Width and height of boxes, [n, 2]. */
    String sizes(String boxes) {
        return ops.subtract(ops.columns(boxes, 2, 4), ops.columns(boxes, 0, 2));
    }

    /** Indices of the boxes whose sides are both at least this long. */
    String large(String boxes, double side) {
        String sizes = sizes(boxes);
        String least = ops.real(side);
        return ops.whereTrue(
                ops.and(ops.atLeast(ops.column(sizes, 0), least), ops.atLeast(ops.column(sizes, 1), least)));
    }

    /**
     * Greedy suppression, each group by itself: indices of the boxes that stay, most confident first.
     *
     * @param scores [n] floats
     * @param groups [n] int64 from 0 to before {@code groupCount}
     * @param limit at most this many stay
     */
    String suppress(String boxes, String scores, String groups, int groupCount, double iou, int limit) {
        long[] ids = new long[groupCount];
        for (int i = 0; i < groupCount; i++) {
            ids[i] = i;
        }
        String wanted = ops.graph().constant("groups", OnnxTensor.of(ids, groupCount, 1));
        String own = ops.graph().node("Equal", List.of(ops.unsqueeze(groups, 0), wanted));
        // A box has a score in its own group only; the others are below every threshold.
        String masked = ops.graph().node("Where", List.of(own, ops.unsqueeze(scores, 0), ops.real(-Float.MAX_VALUE)));
        String chosen = ops.graph()
                .node(
                        "NonMaxSuppression",
                        List.of(
                                ops.unsqueeze(boxes, 0),
                                ops.unsqueeze(masked, 0),
                                ops.wholes(limit),
                                ops.reals(new double[] {iou}, 1),
                                ops.reals(new double[] {-Float.MAX_VALUE / 2}, 1)));
        String kept = ops.column(chosen, 2);
        return ops.rows(kept, ops.best(ops.rows(scores, kept), limit).get(1));
    }
}
