package dev.dhmq.export.onnx;

import dev.dhmq.model.DetectorConfig;
import dev.dhmq.model.box.AnchorShapes;
import dev.dhmq.model.box.BoxCoder;
import dev.dhmq.model.box.ProposalFilter;
import dev.dhmq.model.box.RegionPostProcessor;
import dev.dhmq.model.network.RoiAlign;
import java.util.ArrayList;
import java.util.List;

/** Faster R-CNN's two stages and its post-processing as nodes. */
final class RegionNodes {
    private final GraphOps ops;
    private final LayerNodes layers;
    private final BoxNodes boxes;
    private final DetectorConfig config;
    private final AnchorShapes shapes;

    RegionNodes(GraphOps ops, LayerNodes layers, BoxNodes boxes) {
        this.ops = ops;
        this.layers = layers;
        this.boxes = boxes;
        config = layers.parameters().config();
        shapes = AnchorShapes.single(config.anchorSizes(), config.aspectRatios());
    }

    /** The detections that both stages find on these levels. */
    FoundNodes detections(List<String> pyramid) {
        List<String> read = pyramid.subList(0, RoiAlign.LEVELS);
        List<String> byLevel = byLevel(proposals(pyramid));
        // Regions in the order of their levels, each with its features: nothing later depends on their order.
        List<String> features = new ArrayList<>();
        for (int level = 0; level < read.size(); level++) {
            features.add(pooled(read.get(level), byLevel.get(level), level));
        }
        return detections(ops.concat(0, byLevel), boxHead(ops.concat(0, features)));
    }

    /** The best anchors of a level. */
    private record Candidates(String logits, String levels, String anchors, String deltas) {}

    /** The regions that the first stage proposes. */
    private String proposals(List<String> pyramid) {
        List<Candidates> levels = new ArrayList<>();
        for (int level = 0; level < pyramid.size(); level++) {
            levels.add(best(pyramid.get(level), level));
        }
        String decoded = boxes.decode(
                ops.concat(0, levels.stream().map(Candidates::anchors).toList()),
                ops.concat(0, levels.stream().map(Candidates::deltas).toList()),
                BoxCoder.ANCHORS);
        String large = boxes.large(decoded, ProposalFilter.LEAST_SIDE);
        String candidates = ops.rows(decoded, large);
        String logits = ops.concat(0, levels.stream().map(Candidates::logits).toList());
        String groups = ops.concat(0, levels.stream().map(Candidates::levels).toList());
        String kept = boxes.suppress(
                candidates,
                ops.rows(logits, large),
                ops.rows(groups, large),
                pyramid.size(),
                ProposalFilter.IOU_THRESHOLD,
                config.regions().proposals());
        return ops.rows(candidates, kept);
    }

    private Candidates best(String features, int level) {
        String logitsLayer = "rpn.head.cls_logits";
        String deltasLayer = "rpn.head.bbox_pred";
        String x = ops.graph().node("Relu", List.of(layers.convolution("rpn.head.conv.0.0", features, 1)));
        String objectness = ops.transpose(layers.convolution(logitsLayer, x, 1), 0, 2, 3, 1);
        String deltas = ops.transpose(layers.convolution(deltasLayer, x, 1), 0, 2, 3, 1);
        List<String> best =
                ops.best(ops.reshape(objectness, -1), config.regions().candidates());
        return new Candidates(
                best.get(0),
                ops.expand(ops.wholes(level), ops.shape(best.get(1))),
                ops.rows(boxes.anchors(features, shapes, level), best.get(1)),
                ops.rows(ops.reshape(deltas, -1, 4), best.get(1)));
    }

    /** The regions that are read from each level: all of a size between two limits. */
    private List<String> byLevel(String proposals) {
        String sizes = boxes.sizes(proposals);
        String area = ops.multiply(ops.column(sizes, 0), ops.column(sizes, 1));
        List<String> levels = new ArrayList<>();
        String from = ops.atLeast(area, ops.real(0));
        for (int level = 0; level < RoiAlign.LEVELS; level++) {
            boolean last = level + 1 == RoiAlign.LEVELS;
            String inside = from;
            if (!last) {
                String limit = ops.real(RoiAlign.leastArea(level + 1));
                inside = ops.and(from, ops.above(limit, area));
                from = ops.atLeast(area, limit);
            }
            levels.add(ops.rows(proposals, ops.whereTrue(inside)));
        }
        return levels;
    }

    private String pooled(String features, String regions, int level) {
        String image = ops.expand(ops.wholes(0), ops.dimension(regions, 0));
        return ops.graph()
                .node(
                        "RoiAlign",
                        List.of(features, regions, image),
                        OnnxAttribute.of("mode", "avg"),
                        OnnxAttribute.of("coordinate_transformation_mode", "output_half_pixel"),
                        OnnxAttribute.of("output_height", RoiAlign.BINS),
                        OnnxAttribute.of("output_width", RoiAlign.BINS),
                        OnnxAttribute.of("sampling_ratio", RoiAlign.SAMPLING),
                        OnnxAttribute.of("spatial_scale", (float) RoiAlign.scale(level)));
    }

    /** Of background and the classes: logits, [regions, outputs], and box deltas, [regions, 4 outputs]. */
    private record HeadOutputs(String logits, String deltas) {}

    private HeadOutputs boxHead(String features) {
        String x = ops.graph().node("Flatten", List.of(features), OnnxAttribute.of("axis", 1));
        x = ops.graph().node("Relu", List.of(layers.linear("roi_heads.box_head.fc6", x)));
        x = ops.graph().node("Relu", List.of(layers.linear("roi_heads.box_head.fc7", x)));
        return new HeadOutputs(
                layers.linear("roi_heads.box_predictor.cls_score", x),
                layers.linear("roi_heads.box_predictor.bbox_pred", x));
    }

    private FoundNodes detections(String regions, HeadOutputs said) {
        int classes = config.classes().size();
        String all = ops.graph().node("Softmax", List.of(said.logits()), OnnxAttribute.of("axis", 1));
        String probabilities = ops.reshape(ops.columns(all, 1, 1 + classes), -1);
        String deltas = ops.reshape(ops.columns(said.deltas(), 4, 4 * (1 + classes)), -1, 4);
        String passing = ops.whereTrue(ops.above(probabilities, ops.real(RegionPostProcessor.SCORE_THRESHOLD)));
        String count = ops.whole(classes);
        String decoded = boxes.decode(
                ops.rows(regions, ops.divide(passing, count)), ops.rows(deltas, passing), BoxCoder.REGIONS);
        String large = boxes.large(decoded, RegionPostProcessor.LEAST_SIDE);
        String found = ops.rows(decoded, large);
        String scores = ops.rows(ops.rows(probabilities, passing), large);
        String labels = ops.rows(ops.remainder(passing, count), large);
        String kept = boxes.suppress(
                found, scores, labels, classes, RegionPostProcessor.IOU_THRESHOLD, RegionPostProcessor.DETECTIONS);
        return new FoundNodes(ops.rows(found, kept), ops.rows(scores, kept), ops.rows(labels, kept));
    }
}
