package dev.dhmq.export.onnx;

import java.util.ArrayList;
import java.util.List;

/**
 * The backbone (ResNet) and the feature pyramid as nodes. How deep they are is read off the names of the parameters, which
 * are torchvision's.
 */
final class FeatureNodes {
    private static final String BODY = "backbone.body";
    private static final String PYRAMID = "backbone.fpn";
    private static final String P6 = PYRAMID + ".extra_blocks.p6";
    private static final int STAGES = 4;

    private final GraphOps ops;
    private final LayerNodes layers;

    FeatureNodes(GraphOps ops, LayerNodes layers) {
        this.ops = ops;
        this.layers = layers;
    }

    /** The pyramid's levels, finest first, of normalised images [1, 3, H, W]. */
    List<String> pyramid(String images) {
        List<String> features = features(images);
        int levels = 0;
        while (layers.parameters().has(PYRAMID + ".inner_blocks." + levels + ".0.weight")) {
            levels++;
        }
        return pyramid(features.subList(features.size() - levels, features.size()));
    }

    private List<String> features(String images) {
        String stem = BODY + ".conv1";
        String x = pool(relu(layers.normedConvolution(stem, BODY + ".bn1", images, 2)), 3, 1);
        x = layers.valuesOfImages(stem, x); // there are fewer after the pooling
        List<String> features = new ArrayList<>();
        for (int stage = 1; stage <= STAGES; stage++) {
            for (int block = 0; has(blockName(stage, block) + ".conv1"); block++) {
                x = block(blockName(stage, block), x, stage > 1 && block == 0 ? 2 : 1);
            }
            features.add(x);
        }
        return features;
    }

    private static String blockName(int stage, int block) {
        return BODY + ".layer" + stage + "." + block;
    }

    private boolean has(String layer) {
        return layers.parameters().has(layer + ".weight");
    }

    private String block(String name, String x, int stride) {
        boolean bottleneck = has(name + ".conv3");
        // torchvision strides in the first 3x3.
        String y = relu(layers.normedConvolution(name + ".conv1", name + ".bn1", x, bottleneck ? 1 : stride));
        if (bottleneck) {
            y = relu(layers.normedConvolution(name + ".conv2", name + ".bn2", y, stride));
            y = layers.normedConvolution(name + ".conv3", name + ".bn3", y, 1);
        } else {
            y = layers.normedConvolution(name + ".conv2", name + ".bn2", y, 1);
        }
        String shortcut = has(name + ".downsample.0")
                ? layers.normedConvolution(name + ".downsample.0", name + ".downsample.1", x, stride)
                : x;
        return relu(ops.add(y, shortcut));
    }

    private List<String> pyramid(List<String> features) {
        List<String> levels = new ArrayList<>();
        String merged = "";
        for (int i = features.size() - 1; i >= 0; i--) {
            String side = layers.convolution(PYRAMID + ".inner_blocks." + i + ".0", features.get(i), 1);
            merged = merged.isEmpty() ? side : ops.add(side, enlarged(merged, side));
            levels.addFirst(layers.convolution(PYRAMID + ".layer_blocks." + i + ".0", merged, 1));
        }
        addTop(levels);
        return levels;
    }

    private void addTop(List<String> levels) {
        String last = levels.getLast();
        if (!has(P6)) {
            levels.add(pool(last, 1, 0)); // every second place
            return;
        }
        String p6 = layers.convolution(P6, last, 2);
        levels.add(p6);
        levels.add(layers.convolution(PYRAMID + ".extra_blocks.p7", relu(p6), 2));
    }

    /** The nearest place of x for every place of a feature map with as many channels. */
    private String enlarged(String x, String like) {
        return ops.graph()
                .node(
                        "Resize",
                        List.of(x, "", "", ops.shape(like)),
                        OnnxAttribute.of("mode", "nearest"),
                        OnnxAttribute.of("nearest_mode", "floor"),
                        OnnxAttribute.of("coordinate_transformation_mode", "asymmetric"));
    }

    private String pool(String x, int kernel, int pad) {
        return ops.graph()
                .node(
                        "MaxPool",
                        List.of(x),
                        OnnxAttribute.of("kernel_shape", new long[] {kernel, kernel}),
                        OnnxAttribute.of("strides", new long[] {2, 2}),
                        OnnxAttribute.of("pads", new long[] {pad, pad, pad, pad}));
    }

    private String relu(String x) {
        return ops.graph().node("Relu", List.of(x));
    }
}
