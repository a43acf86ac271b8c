package dev.dhmq.data;

import dev.dhmq.model.DetectorConfig;
import dev.dhmq.model.RegionSettings;
import dev.dhmq.model.Resize;
import java.util.List;

/** A detector's configuration of which a test uses the input and the classes alone. */
final class InputConfig {
    private InputConfig() {}

    static DetectorConfig of(Resize resize, int width, int height, List<DetectorConfig.Category> classes) {
        return new DetectorConfig(
                DetectorConfig.RETINANET,
                "resnet18",
                8,
                8,
                classes,
                width,
                height,
                resize,
                List.of(16, 32, 64, 128, 256),
                List.of(1.0),
                DetectorConfig.IMAGENET_MEAN,
                DetectorConfig.IMAGENET_STD,
                DetectorConfig.BatchNorms.TRAINED,
                RegionSettings.TORCHVISION);
    }
}
