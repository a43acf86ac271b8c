package dev.dhmq.benchmarks;

import dev.dhmq.model.DetectorConfig;
import dev.dhmq.model.RetinaNet;
import dev.dhmq.tensor.ParameterLayout;
import java.util.ArrayList;
import java.util.List;

/** Layers to measure on. */
final class Networks {
    private static final int CHANNELS = 64;
    private static final int CHANNEL_SIZE = 64 * 3 * 3;

    private Networks() {}

    /** The layers of a network by its name: {@code 64Ki}, {@code 1Mi} or {@code retinanet-r50}. */
    static ParameterLayout named(String name) {
        return switch (name) {
            case "64Ki" -> convolutions(1 << 16);
            case "1Mi" -> convolutions(1 << 20);
            case "retinanet-r50" -> retinaNetResNet50();
            default -> throw new IllegalArgumentException("There is no network named " + name + ".");
        };
    }

    /** About this many weights in 3x3 convolutions of 64 channels. */
    static ParameterLayout convolutions(int weights) {
        List<ParameterLayout.Shape> shapes = new ArrayList<>();
        for (int l = 0; l < Math.max(1, Math.round(weights / (float) (CHANNELS * CHANNEL_SIZE))); l++) {
            shapes.add(new ParameterLayout.Shape("layer" + l, CHANNELS, CHANNEL_SIZE));
        }
        return ParameterLayout.of(shapes);
    }

    /** The quantizable layers of torchvision's RetinaNet-ResNet50 for COCO: 34 million weights. */
    private static ParameterLayout retinaNetResNet50() {
        List<DetectorConfig.Category> classes = new ArrayList<>();
        for (int id = 0; id < 91; id++) {
            classes.add(new DetectorConfig.Category(id, "class" + id));
        }
        DetectorConfig config = new DetectorConfig(
                "retinanet",
                "resnet50",
                64,
                256,
                classes,
                512,
                512,
                List.of(32, 64, 128, 256, 512),
                List.of(0.5, 1.0, 2.0));
        try (RetinaNet model = new RetinaNet(config)) {
            return model.weights().layout();
        }
    }
}
