package dev.dhmq.export.onnx;

import dev.dhmq.model.DetectorConfig;
import dev.dhmq.model.Resize;
import java.util.List;

/** From the image that comes in to what the network takes: brought to size, normalised, padded. */
final class ImageNodes {
    /** The pyramid's coarsest level that must have whole cells, C5, has this stride. */
    private static final long STRIDE = 32;

    private final GraphOps ops;
    private final DetectorConfig config;

    ImageNodes(GraphOps ops, DetectorConfig config) {
        this.ops = ops;
        this.config = config;
    }

    /** Of an image that has come to its size already, width by height; boxes stay in its pixels. */
    NetworkInput sized(String image, int width, int height) {
        boolean whole = config.resize() == Resize.SHORTER_SIDE;
        long right = (whole ? Math.ceilDiv(width, STRIDE) * STRIDE : config.width()) - width;
        long below = (whole ? Math.ceilDiv(height, STRIDE) * STRIDE : config.height()) - height;
        String x = normalised(image);
        if (right + below > 0) {
            x = padded(x, ops.wholes(0, 0, 0, 0, 0, 0, below, right));
        }
        return new NetworkInput(x, ops.reals(new double[] {width, height, width, height}, 4), NetworkInput.UNSCALED);
    }

    /** Of an image of any size, which is resized as {@link Resize} says; boxes come back to its pixels. */
    NetworkInput resized(String image) {
        String height = ops.dimension(image, 2);
        String width = ops.dimension(image, 3);
        Size size = size(height, width);
        String shape = ops.concat(0, List.of(ops.wholes(1, 3), size.height(), size.width()));
        String resized = ops.graph()
                .node(
                        "Resize",
                        List.of(image, "", "", shape),
                        OnnxAttribute.of("mode", "linear"),
                        OnnxAttribute.of("coordinate_transformation_mode", "half_pixel"));
        String x = normalised(resized);
        if (config.resize() != Resize.STRETCH) {
            x = padded(x, ops.concat(0, List.of(ops.wholes(0, 0, 0, 0, 0, 0), below(size), right(size))));
        }
        String limits = quadruple(size);
        return new NetworkInput(x, limits, ops.divide(quadruple(new Size(height, width)), limits));
    }

    /** Rows and columns as int64 tensors [1]. */
    private record Size(String height, String width) {}

    /** As {@link Resize#sizeOf}, in float64 as there. */
    private Size size(String height, String width) {
        if (config.resize() == Resize.STRETCH) {
            return new Size(ops.wholes(config.height()), ops.wholes(config.width()));
        }
        String rows = ops.cast(height, OnnxType.DOUBLE);
        String columns = ops.cast(width, OnnxType.DOUBLE);
        boolean letterbox = config.resize() == Resize.LETTERBOX;
        String scale = ops.least(
                ops.divide(ops.precise(config.width()), letterbox ? columns : ops.greatest(rows, columns)),
                ops.divide(ops.precise(config.height()), letterbox ? rows : ops.least(rows, columns)));
        return new Size(side(rows, scale, letterbox), side(columns, scale, letterbox));
    }

    /** Rounded half to even, or cut off; at least 1. */
    private String side(String side, String scale, boolean rounds) {
        String scaled = ops.multiply(side, scale);
        String whole = ops.cast(ops.graph().node(rounds ? "Round" : "Floor", List.of(scaled)), OnnxType.INT64);
        return ops.greatest(whole, ops.wholes(1));
    }

    private String below(Size size) {
        return missing(size.height(), config.height());
    }

    private String right(Size size) {
        return missing(size.width(), config.width());
    }

    private String missing(String side, int whole) {
        if (config.resize() == Resize.LETTERBOX) {
            return ops.subtract(ops.wholes(whole), side);
        }
        String stride = ops.wholes(STRIDE);
        String cells = ops.divide(ops.add(side, ops.wholes(STRIDE - 1)), stride);
        return ops.subtract(ops.multiply(cells, stride), side);
    }

    private String quadruple(Size size) {
        return ops.cast(
                ops.concat(0, List.of(size.width(), size.height(), size.width(), size.height())), OnnxType.FLOAT);
    }

    private String normalised(String x) {
        String centred = ops.subtract(x, perChannel(config.mean()));
        return ops.divide(centred, perChannel(config.std()));
    }

    private String perChannel(List<Double> values) {
        return ops.reals(values.stream().mapToDouble(Double::doubleValue).toArray(), 1, 3, 1, 1);
    }

    private String padded(String x, String amounts) {
        return ops.graph().node("Pad", List.of(x, amounts));
    }
}
